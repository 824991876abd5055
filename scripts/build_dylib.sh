#!/usr/bin/env bash
# Builds the library that calls Virtualization.framework, for Apple silicon and Intel in one file:
#
#     scripts/build_dylib.sh FILE
#
# On Linux it needs clang 19, lld 19 and llvm 19, but no Apple SDK: ffi/sdk/darwin has the needed part of one. The same
# compiler makes the same bytes everywhere, and those are shipped (scripts/embed_dylib.ts).
# On a Mac it uses the compiler and SDK of the Command Line Tools, which checks the source against Apple's declarations.
set -euo pipefail

output=$(realpath -- "$(dirname -- "$1")")/$(basename -- "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/../ffi"
sources=(*.m *.c)
architectures=(arm64 x86_64)
minimum=13.0
install_name=@rpath/libsnapvm_vz.dylib
# Manual retain and release: the tests run the same source with GNU's runtime, which cannot count references automatically.
flags=(-fno-objc-arc -fvisibility=hidden -Os -Wall -Wextra -Werror)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build_on_mac() {
  local targets=()
  for architecture in "${architectures[@]}"; do targets+=(-arch "$architecture"); done
  xcrun clang "${targets[@]}" "-mmacosx-version-min=$minimum" "${flags[@]}" -dynamiclib \
    -framework Foundation -framework Virtualization -install_name "$install_name" \
    -o "$work/libsnapvm_vz.dylib" "${sources[@]}"
  codesign --force --sign - "$work/libsnapvm_vz.dylib"
}

build_elsewhere() {
  local thin=() architecture source objects
  for architecture in "${architectures[@]}"; do
    objects=()
    for source in "${sources[@]}"; do
      objects+=("$work/$architecture-$source.o")
      clang-19 -target "$architecture-apple-macos$minimum" -ffreestanding -nostdlibinc -Isdk -Isdk/darwin \
        "${flags[@]}" -c "$source" -o "${objects[-1]}"
    done
    mkdir "$work/$architecture"
    thin+=("$work/$architecture/libsnapvm_vz.dylib")
    # The signature contains the output's name.
    ld64.lld-19 -dylib -arch "$architecture" -platform_version macos "$minimum" "$minimum" -adhoc_codesign -x -dead_strip \
      -install_name "$install_name" -o "${thin[-1]}" "${objects[@]}" sdk/darwin/stubs/*.tbd
  done
  llvm-lipo-19 -create "${thin[@]}" -output "$work/libsnapvm_vz.dylib"
}

if [[ $(uname -s) == Darwin ]]; then build_on_mac; else build_elsewhere; fi
mv "$work/libsnapvm_vz.dylib" "$output"
