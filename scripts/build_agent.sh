#!/usr/bin/env bash
# Builds the program that snapvm puts into guests, for both processors, each linked statically with musl:
#
#     scripts/build_agent.sh FOLDER
#
# makes FOLDER/agent-x86_64 and FOLDER/agent-aarch64. It runs on Debian and needs clang 19 and lld 19, as the library for
# macOS does. The C library's packages of both processors are downloaded and unpacked, not installed (into
# ~/.cache/snapvm). The same packages and compiler make the same bytes everywhere, and those are shipped
# (scripts/embed_agent.ts).
set -euo pipefail

output=$(realpath -- "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/../lib/guest/agent"
# One processor is enough for who only wants to run it here.
processors=("${@:2}")
((${#processors[@]} > 0)) || processors=(x86_64 aarch64)

libraries=${XDG_CACHE_HOME:-$HOME/.cache}/snapvm/agent-libraries
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

declare -A debian=([x86_64]=amd64 [aarch64]=arm64)

# Downloads packages of a processor and unpacks them, without a word in this system's own state. They are kept for the
# next time.
unpack_library() {
  local architecture=${debian[$1]}
  shift
  [[ ! -d $libraries/$architecture ]] || return 0
  local state=$work/apt-$architecture
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/root" "$libraries"
  : >"$state/status"
  local options=(-qq -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture"
    -o "Dir::State::lists=$state/lists" -o "Dir::State::status=$state/status" -o "Dir::Cache=$state/cache"
    -o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update
  (cd "$state" && apt-get "${options[@]}" download "$@")
  local package
  for package in "$state"/*.deb; do dpkg-deb --extract "$package" "$state/root"; done
  # A build beside this one may have been quicker.
  cp -r "$state/root" "$libraries/$architecture.$$"
  mv -T "$libraries/$architecture.$$" "$libraries/$architecture" 2>/dev/null || rm -rf "$libraries/$architecture.$$"
}

# Links it by hand: clang's own idea of a musl system is not Debian's.
build() {
  local processor=$1 build=$2
  local root=$libraries/${debian[$processor]}
  local library=$root/usr/lib/$processor-linux-musl
  local flags=(-target "$processor-linux-musl" -nostdlibinc -isystem "$root/usr/include/$processor-linux-musl"
    -isystem "$root/usr/include" -isystem "$root/usr/include/$processor-linux-gnu"
    -std=gnu17 -D_GNU_SOURCE -Oz -flto -fno-pie -fno-stack-protector -fno-asynchronous-unwind-tables
    -ffunction-sections -fdata-sections -mno-implicit-float -fomit-frame-pointer
    -Wall -Wextra -Wno-missing-field-initializers -Werror "-DAGENT_BUILD=\"$build\"")
  # The program is small enough for the shortest way to name an address.
  if [[ $processor == aarch64 ]]; then flags+=(-mcmodel=tiny); fi
  local source objects=()
  for source in *.c; do
    objects+=("$work/$processor-${source%.c}.o")
    local own=()
    # What takes the place of the C library's functions must not be taken for calls of them.
    if [[ $source == library.c ]]; then own=(-fno-lto -fno-builtin); fi
    clang-19 "${flags[@]}" "${own[@]}" -c "$source" -o "${objects[-1]}"
  done
  local helpers=()
  # On arm64 the C library calls functions of the compiler for its long doubles.
  if [[ $processor == aarch64 ]]; then helpers=("$root"/usr/lib/gcc/aarch64-linux-gnu/*/libgcc.a); fi
  # As small as it gets: what repeats becomes a function, and no function is copied to where it is called.
  local small=(-O2 -mllvm -enable-machine-outliner=always -mllvm -inline-threshold=-50 --gc-sections --icf=all
    --build-id=none -z norelro -z noseparate-code --strip-all)
  # AGENT_MAP=FILE writes what takes how much room to FILE-<processor>.
  ld.lld-19 -static "${small[@]}" ${AGENT_MAP:+-Map "$AGENT_MAP-$processor"} -o "$output/agent-$processor" \
    "${objects[@]}" --start-group "$library/libc.a" "${helpers[@]}" --end-group
  # The kernel needs none of the section headers.
  llvm-objcopy-19 --strip-sections "$output/agent-$processor"
}

build_id=$(cat -- *.c *.h | sha256sum | cut -c1-16)
mkdir -p "$output"
for processor in "${processors[@]}"; do
  unpack_library "$processor" musl-dev linux-libc-dev libgcc-12-dev
  build "$processor" "$build_id"
done
