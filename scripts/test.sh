#!/usr/bin/env bash
# Everything that a change has to pass, on a machine that may have nothing but Node.js and npm:
#
#     ./scripts/test.sh
#
# On Debian and Ubuntu it installs what the tests need and runs all of them, as root: they mount images with the
# kernel's own ext4 to compare. On macOS it runs those that need no Linux. It closes with one line,
# "N passed, N failed", and ends with a status other than 0 whenever anything failed, formatting and types included.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=(
  attr binutils btrfs-progs busybox-static bzip2 clang-19 cpio docker-registry e2fsprogs fish gnustep-make gobjc ignition
  kmod debian-archive-keyring libarchive-tools libclang-rt-19-dev libgnustep-base-dev lld-19 llvm-19 lz4 lzop mmdebstrap openssl openssh-client ovmf procps qemu-system-arm
  qemu-system-x86 qemu-utils rsync skopeo strace systemd systemd-boot-efi umoci xz-utils zsh zstd
)

prepare_linux() {
  if [[ $EUID -ne 0 ]]; then
    echo "The tests mount images with the kernel's own ext4: going on as root, with sudo."
    exec sudo --preserve-env env "PATH=$PATH" "$0"
  fi
  install "${packages[@]}"
  # Part of QEMU's packages in older distributions.
  [[ -x /usr/lib/qemu/virtiofsd ]] || install virtiofsd
}

# Installs those of the packages that are missing.
install() {
  local name missing=()
  for name; do
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] ||
      missing+=("$name")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  echo "Installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q -q -o Acquire::Retries=3 update
  apt-get -q -q -o Acquire::Retries=3 install --yes --no-install-recommends "${missing[@]}" >/dev/null
}

prepare_deno() {
  deno --version >/dev/null 2>&1 && return
  echo "Installing Deno from npm"
  npm install --loglevel=error --no-update-notifier --no-fund --no-audit --global deno
  hash -r
}

# Adds up the closing lines of Deno's reporters, without what the tests themselves have printed.
# $1: the exit status of all that was run.
count() {
  awk -v status="$1" '
    { gsub(/\033\[[0-9;]*m/, "") }
    /^-+ (post-test )?output -+$/ { printed = 1 }
    /^-+ (post-test )?output end -+$/ { printed = 0; next }
    !printed && /^(ok|FAILED) \| [0-9]+ passed/ {
      passed += number("passed"); failed += number("failed"); skipped += number("ignored")
    }
    function number(word) {
      return match($0, "[0-9]+ " word) ? substr($0, RSTART, RLENGTH) + 0 : 0
    }
    END {
      # Formatting, types, a test file that does not load: a failure that no reporter counts.
      if (status != 0 && failed == 0) failed = 1
      if (passed == 0 && failed == 0) failed = 1
      printf "%d passed, %d failed%s\n", passed, failed, skipped ? ", " skipped " skipped" : ""
      exit failed > 0
    }'
}

# The gate on other systems than Linux: there is no other program's filesystem, initramfs or hypervisor to compare with.
portable() {
  deno fmt --check && deno lint && deno check . &&
    deno test --allow-all --doc lib mod.ts tests/oci tests/store tests/ui
}

case $(uname -s) in
Linux) prepare_linux; gate=(deno task ok) ;;
*) gate=(portable) ;;
esac
prepare_deno

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
"${gate[@]}" 2>&1 </dev/null | tee "$log" || status=$?
count "$status" <"$log"
