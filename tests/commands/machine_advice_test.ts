import assert from "node:assert/strict";
import { adviceFor } from "../../lib/commands/advice.ts";
import { type ErrorCode, type ErrorData, SnapvmError } from "../../lib/error/mod.ts";

const MIB = 2 ** 20;

function advice<Code extends ErrorCode>(code: Code, data: ErrorData[Code]): string | undefined {
  return adviceFor(new SnapvmError(code, "Cannot", { data }));
}

Deno.test("adviceFor() knows what to do about files, machines and entitlements", async (t) => {
  const rows: (readonly [
    name: string,
    advice: string | undefined,
    expected: string | undefined,
  ])[] = [
    [
      "a folder that cannot be written",
      advice("unwritable", { path: "/out", isSpecial: false }),
      "Name a place in a folder that exists and that you can write to.",
    ],
    [
      "a pipe",
      advice("unwritable", { path: "/out", isSpecial: true }),
      "Name a file, or one that is not there yet.",
    ],
    [
      "a folder that others can write to",
      advice("folder-not-private", { path: "/home/x", isOwn: true }),
      "Take the right away from them: chmod go-w /home/x.",
    ],
    [
      "a folder of another user",
      advice("folder-not-private", { path: "/home/x", isOwn: false }),
      'Take it into your own hands (chown "$USER" and chmod 700), or remove it: /home/x',
    ],
    [
      "a copy without its signature",
      advice("entitlement-missing", { program: "/a copy", reason: "signature-lost" }),
      'Remove it and try again, or run with --backend qemu: rm "/a copy".',
    ],
    [
      "a program that cannot be signed",
      advice("entitlement-missing", { program: "/deno", reason: "unsignable" }),
      "Install Apple's Command Line Tools (xcode-select --install) and try again, " +
      "or run with --backend qemu.",
    ],
    [
      "a signature without the entitlement",
      advice("entitlement-missing", { program: "/deno", reason: "not-granted" }),
      undefined,
    ],
    [
      "no QEMU for x86",
      advice("hypervisor-not-found", { architecture: "x86_64" }),
      "Install QEMU. Debian and Ubuntu: apt-get install --no-install-recommends qemu-system-x86. " +
      "Fedora: dnf install qemu-system-x86-core. macOS: brew install qemu.",
    ],
    [
      "no QEMU for arm64",
      advice("hypervisor-not-found", { architecture: "aarch64" }),
      "Install QEMU. Debian and Ubuntu: apt-get install --no-install-recommends qemu-system-arm. " +
      "Fedora: dnf install qemu-system-aarch64-core. macOS: brew install qemu.",
    ],
    [
      "a wrong $QEMU_BIN",
      advice("hypervisor-not-found", { architecture: "x86_64", qemuBin: "/no/such" }),
      "Set QEMU_BIN to an existing QEMU, or unset it to search PATH.",
    ],
    [
      "no KVM, asked for",
      advice("acceleration-unavailable", { requested: "kvm", available: "tcg" }),
      "Leave --accel out, or give --accel tcg.",
    ],
    [
      "another processor",
      advice("processor-unsupported", { architecture: "x86_64", hostArchitecture: "aarch64" }),
      "Emulate it with --backend qemu, or take the image for this Mac's processor with --platform.",
    ],
    [
      "a Mac without virtualization",
      advice("virtualization-unavailable", {}),
      "It needs Apple silicon or an Intel processor with VT-x, and in a virtual machine nested " +
      "virtualization. QEMU can emulate: --backend qemu.",
    ],
    [
      "a library that does not load",
      advice("library-unloadable", {}),
      "It needs macOS 13 or newer. With an older one QEMU can run the image: --backend qemu.",
    ],
    ["a library that was changed", advice("library-damaged", {}), "Install snapvm again."],
    [
      "too many processors",
      advice("machine-size-unsupported", {
        resource: "cpus",
        requested: 9,
        minimum: 1,
        maximum: 8,
      }),
      "Give it another number: --cpus 8.",
    ],
    [
      "too little memory",
      advice("machine-size-unsupported", {
        resource: "memory",
        requested: 3 * MIB,
        minimum: 4 * MIB,
        maximum: 16384 * MIB,
      }),
      "Give it another number: --memory 4M.",
    ],
    [
      "too much memory",
      advice("machine-size-unsupported", {
        resource: "memory",
        requested: 20480 * MIB,
        minimum: 4 * MIB,
        maximum: 16384 * MIB,
      }),
      "Give it another number: --memory 16384M.",
    ],
    ["no network card", advice("network-cards-taken", {}), "End one of them."],
    ["a QEMU that does not start", advice("machine-start-failed", {}), undefined],
    [
      "no user mode network",
      advice("machine-start-failed", { reason: "no-user-network" }),
      "This QEMU was built without user mode networking (slirp). Install your distribution's " +
      "QEMU, or set QEMU_BIN to one that has it.",
    ],
    [
      "no memory",
      advice("machine-start-failed", { reason: "no-memory" }),
      "Give the machine less memory, for example --memory 1G.",
    ],
    [
      "no KVM",
      advice("machine-start-failed", { reason: "no-kvm" }),
      "Run without it: --accel tcg.",
    ],
    [
      "an image that is being written",
      advice("machine-start-failed", { reason: "image-in-use" }),
      "Another program is writing to the image: wait until it is done.",
    ],
    [
      "no entitlement",
      advice("machine-start-failed", { reason: "not-entitled" }),
      "snapvm doctor --fix makes a copy of the program that has this entitlement.",
    ],
    [
      "no hardware for it",
      advice("machine-start-failed", { reason: "no-virtualization" }),
      "QEMU can emulate: --backend qemu.",
    ],
    ["a disk", advice("clone-failed", { source: "/disk", isFull: false }), undefined],
    [
      "a full filesystem",
      advice("clone-failed", { source: "/disk", isFull: true }),
      "Make room, or have snapvm keep its files where the image is: set SNAPVM_HOME to a folder " +
      "there.",
    ],
  ];
  for (const [name, advice, expected] of rows) {
    await t.step(name, () => assert.equal(advice, expected));
  }
});
