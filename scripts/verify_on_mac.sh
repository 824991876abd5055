#!/usr/bin/env bash
# Answers, on a real Mac, what nothing else can (docs/macos.md), with a verdict for each item:
#
#     scripts/verify_on_mac.sh GUEST
#
# GUEST is a folder with a kernel and an initramfs for this Mac's processor. A Linux machine makes it:
#
#     deno run -A scripts/mac_guest.ts arm64 GUEST        (amd64 for a Mac with an Intel processor)
#
# It needs Deno and Apple's Command Line Tools, changes nothing outside a temporary folder, and takes a few minutes.
set -uo pipefail

guest=$(cd "${1:?Usage: scripts/verify_on_mac.sh GUEST}" && pwd -P) || exit 2
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
if [[ $(uname -s) != Darwin ]]; then
  echo "This is no Mac." >&2
  exit 2
fi

work=$(cd "$(mktemp -d)" && pwd -P)
trap 'rm -rf "$work"' EXIT
failed=0

# item QUESTION COMMAND…: runs the command; its last line of output says what was found.
item() {
  local question=$1 output
  shift
  if output=$("$@" 2>&1); then
    printf 'ok     %s: %s\n' "$question" "$(tail -n 1 <<<"$output")"
  else
    printf 'FAILED %s: %s\n' "$question" "$(tail -n 3 <<<"$output" | tr '\n' ' ')"
    failed=1
  fi
}

build() {
  scripts/build_dylib.sh "$work/native.dylib" && xcrun --show-sdk-version
}

install_shipped() {
  deno eval 'import { libraryBytes } from "./ffi/mod.ts"; await Deno.writeFile(Deno.args[0], libraryBytes());' \
    "$work/shipped.dylib" && ls -l "$work/shipped.dylib"
}

same_exports() {
  nm -gjU "$work/native.dylib" | grep _snapvm_vz_ | sort -u >"$work/native.exports"
  nm -gjU "$work/shipped.dylib" | grep _snapvm_vz_ | sort -u >"$work/shipped.exports"
  diff "$work/native.exports" "$work/shipped.exports" && wc -l <"$work/shipped.exports"
}

load() {
  deno eval 'import { openBindings, Virtualization } from "./ffi/mod.ts";
    console.log(JSON.stringify(new Virtualization(openBindings(Deno.args[0])).host()));' "$1"
}

# An entitlement that is missing is what validation complains of first.
refuses_without_entitlement() {
  local words
  words=$(deno run -A scripts/verify_on_mac.ts "$work/shipped.dylib" "$guest/kernel" "$guest/initramfs" 2>&1 |
    grep 'a guest boots')
  echo "$words"
  [[ $words == *com.apple.security.virtualization* ]]
}

sign_with_own() {
  deno eval 'import { signMachO } from "./lib/entitlement/mod.ts";
    await signMachO(Deno.execPath(), Deno.args[0], {
      identifier: "dev.snapvm",
      entitlements: { "com.apple.security.virtualization": true },
    });' "$work/deno-own" && "$work/deno-own" --version
}

sign_with_codesign() {
  cp "$(deno eval 'console.log(Deno.execPath())')" "$work/deno-codesign" &&
    codesign --force --sign - --entitlements ffi/vz.entitlements "$work/deno-codesign" &&
    "$work/deno-codesign" --version
}

is_valid() {
  codesign --verify --strict --verbose=4 "$1"
}

is_entitled() {
  codesign --display --entitlements - --xml "$1" 2>/dev/null | grep -o 'com.apple.security.virtualization'
}

echo "macOS $(sw_vers -productVersion) ($(sw_vers -buildVersion)), $(uname -m), $(sysctl -n hw.model)"
item "the library builds with this SDK, without a warning" build
item "the shipped library unpacks" install_shipped
item "both have the same functions" same_exports
item "codesign accepts the shipped library" is_valid "$work/shipped.dylib"
item "Deno loads the shipped library" load "$work/shipped.dylib"
item "Deno loads the library built here" load "$work/native.dylib"
item "without the entitlement, the framework says so" refuses_without_entitlement
item "codesign signs a copy of Deno, and it runs" sign_with_codesign
item "that copy has the entitlement" is_entitled "$work/deno-codesign"
entitled=$work/deno-codesign
if [[ $(uname -m) == arm64 ]]; then
  item "our own signer signs a copy of Deno, and it runs" sign_with_own
  item "codesign accepts its signature" is_valid "$work/deno-own"
  item "codesign finds its entitlement" is_entitled "$work/deno-own"
  [[ -x $work/deno-own ]] && entitled=$work/deno-own
fi
"$entitled" run -A scripts/verify_on_mac.ts "$work/shipped.dylib" "$guest/kernel" "$guest/initramfs" || failed=1
exit "$failed"
