#!/usr/bin/env bash
# From a fresh Debian or Ubuntu machine to a booted image, in one command:
#
#     ./scripts/quickstart.sh
#
# It installs what is missing (QEMU and a few small tools from the distribution: the only step that asks for sudo;
# Deno from npm), makes the root filesystem of a small bootable system, and imports, shows and boots it with snapvm.
# Everything but the packages is in one folder: ${XDG_CACHE_HOME:-~/.cache}/snapvm/quickstart. A second run reuses it.
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/snapvm/quickstart
oldest_deno=2.7.11

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[[ -t 1 && -z ${NO_COLOR-} ]] || say() { printf '\n%s\n' "$*"; }
fail() { printf '\nquickstart: %s\n' "$*" >&2; exit 1; }
trap 'printf "\nquickstart: interrupted; run it again to go on\n" >&2; exit 130' INT

explain_mac() {
  cat <<EOF
This script makes its demo image from a Linux distribution's packages. On a Mac bring one from a registry, or boot
what Apple's \`container\` has unpacked.

    brew install deno qemu
    deno run -A $project/cli.ts pull quay.io/fedora/fedora-bootc:42
    deno run -A $project/cli.ts images
    deno run -A $project/cli.ts run quay.io/fedora/fedora-bootc:42 -- uname -a
    deno run -A $project/cli.ts doctor          # what works here, and what to do about what does not
EOF
}

# Installs the distribution's packages whose programs are missing.
install_packages() {
  local qemu="qemu-system-x86:qemu-system-x86_64"
  [[ $(uname -m) != aarch64 ]] || qemu="qemu-system-arm:qemu-system-aarch64"
  local pair missing=()
  for pair in $qemu kmod:depmod; do
    # Debian keeps some of them where the PATH of an ordinary user does not look.
    PATH=$PATH:/usr/sbin:/sbin command -v "${pair#*:}" >/dev/null || missing+=("${pair%%:*}")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0

  local root=()
  if [[ $EUID -ne 0 ]]; then
    command -v sudo >/dev/null ||
      fail "these packages are missing, and there is no sudo: let root run: apt-get install ${missing[*]}"
    root=(sudo)
    say "Installing ${missing[*]} (with sudo: you may be asked for your password)"
  else
    say "Installing ${missing[*]}"
  fi
  "${root[@]}" apt-get -q -q update
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -q install --yes --no-install-recommends "${missing[@]}" >"$cache/install.log" 2>&1 ||
    { tail -n 20 "$cache/install.log" >&2; fail "the packages could not be installed"; }
}

deno_is_recent() {
  local version
  version=$(deno --version 2>/dev/null | sed -n 's/^deno \([0-9.]*\).*/\1/p') && [[ -n $version ]] &&
    [[ $(printf '%s\n' "$oldest_deno" "$version" | sort -V | head -n 1) == "$oldest_deno" ]]
}

install_deno() {
  export PATH=$PATH:$cache/deno/bin
  ! deno_is_recent || return 0
  command -v npm >/dev/null ||
    fail "Deno $oldest_deno or newer is missing: install it as https://docs.deno.com/runtime/getting_started/installation says, or install npm and run this again"
  # Where the machine's own folder for such programs is root's, a folder of our own serves as well, without sudo.
  local prefix
  prefix=$(npm prefix --global)
  if [[ ! -w $prefix/lib || ! -w $prefix/bin ]]; then
    prefix=$cache/deno
    PATH=$prefix/bin:$PATH
  fi
  say "Installing Deno from npm in $prefix"
  npm install --loglevel=error --no-update-notifier --no-fund --no-audit --global --prefix "$prefix" deno >/dev/null ||
    fail "npm could not install Deno"
  hash -r
  deno_is_recent || fail "the Deno that npm installed does not start"
}

# Shows a command of snapvm, then runs it.
show() {
  say "\$ snapvm $*"
  deno run -A cli.ts "$@"
}

case $(uname -s) in
Darwin) explain_mac; exit 0 ;;
Linux) command -v apt-get >/dev/null || fail "this script knows Debian and Ubuntu; elsewhere, see README.md" ;;
*) fail "snapvm runs on Linux and macOS" ;;
esac

cd "$project"
mkdir -p "$cache"
install_packages
install_deno
deno install --quiet --entrypoint cli.ts scripts/demo_image.ts

say "Making the demo's root filesystem, unless it is there"
archive=$(deno run -A scripts/demo_image.ts "$cache")
export SNAPVM_HOME=$cache/home
printf '%s\n' "export SNAPVM_HOME=$SNAPVM_HOME" "alias snapvm='$(command -v deno) run -A $project/cli.ts'"

show import --name demo "$archive"
show images
show inspect demo
show run demo -- uname -a

say "That was a virtual machine with the image's own kernel. Next, with the two lines from above in your shell:"
printf '%s\n' "    snapvm run demo          # its console; Ctrl-] q leaves it" "    snapvm --help"
