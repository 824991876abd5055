import assert from "node:assert/strict";
import { join } from "node:path";
import type { Host } from "../../../ffi/mod.ts";
import { type ErrorCode, type ErrorData, hasCode } from "../../../lib/error/mod.ts";
import type { MachineSpecification } from "../../../lib/vm/mod.ts";
import { checkMachine } from "../../../lib/vm/vz/check_machine.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const MIB = 2 ** 20;

const HOST: Host = {
  system: "Version 14.5 (Build 23F79)",
  supported: true,
  minimumCpus: 1,
  maximumCpus: 8,
  minimumMemory: 4 * MIB,
  maximumMemory: 16 * 1024 * MIB,
  saveRestore: true,
  nestedVirtualization: false,
  rosetta: "not-installed",
};

/** The start of a kernel, with its magic number at an architecture's offset. */
function kernel(offset: number, magic: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4096);
  bytes.set(new TextEncoder().encode(magic), offset);
  return bytes;
}

async function prepare(folder: string): Promise<MachineSpecification> {
  await Deno.writeFile(join(folder, "Image"), kernel(0x38, "ARM\x64"));
  await Deno.writeFile(join(folder, "bzImage"), kernel(0x202, "HdrS"));
  await Deno.writeFile(join(folder, "initramfs"), new Uint8Array(512));
  await Deno.symlink("Image", join(folder, "link"));
  await Deno.symlink(".", join(folder, "here"));
  await Deno.symlink("loop", join(folder, "loop"));
  return {
    architecture: "aarch64",
    cpus: 2,
    memory: 100 * MIB + 1,
    kernel: join(folder, "here", "link"),
    initramfs: join(folder, "here", "initramfs"),
    commandLine: "",
    disks: [],
    network: false,
    ports: [],
    folder: join(folder, "here"),
  };
}

Deno.test("checkMachine() resolves every path and rounds memory up", async () => {
  await using folder = await temporaryFolder();
  const path = await Deno.realPath(folder.path);
  const machine = await prepare(path);
  assert.deepEqual(await checkMachine(machine, HOST, "aarch64"), {
    ...machine,
    memory: 101 * MIB,
    kernel: join(path, "Image"),
    initramfs: join(path, "initramfs"),
    folder: path,
  });
  const intel = {
    ...machine,
    architecture: "x86_64",
    kernel: join(path, "bzImage"),
  } as const;
  assert.equal((await checkMachine(intel, HOST, "x86_64")).kernel, intel.kernel);
});

Deno.test("checkMachine() says what the framework would not", async (t) => {
  await using folder = await temporaryFolder();
  const path = await Deno.realPath(folder.path);
  const machine = await prepare(path);
  const torn = join(path, "torn");
  await Deno.writeFile(torn, new Uint8Array(513));
  const rows: {
    name: string;
    machine?: Partial<MachineSpecification>;
    host?: Partial<Host>;
    code?: ErrorCode;
    message: string;
    data?: ErrorData[ErrorCode];
  }[] = [
    {
      name: "another processor",
      machine: { architecture: "x86_64" },
      code: "processor-unsupported",
      message:
        "Cannot run an x86_64 guest with Virtualization.framework: this Mac's processor is aarch64",
      data: { architecture: "x86_64", hostArchitecture: "aarch64" },
    },
    {
      name: "no virtualization",
      host: { supported: false },
      code: "virtualization-unavailable",
      message:
        "Cannot run virtual machines on this Mac: Virtualization.framework is not available (Version 14.5 (Build 23F79))",
    },
    {
      name: "too many processors",
      machine: { cpus: 9 },
      message: "Cannot start a machine with 9 virtual processors: this Mac allows 1 to 8",
      code: "machine-size-unsupported",
      data: { resource: "cpus", requested: 9, minimum: 1, maximum: 8 },
    },
    {
      name: "too much memory",
      machine: { memory: 20 * 1024 * MIB },
      message: "Cannot start a machine with 20480M of memory: this Mac allows 4M to 16384M",
      code: "machine-size-unsupported",
      data: { resource: "memory", requested: 20480 * MIB, minimum: 4 * MIB, maximum: 16384 * MIB },
    },
    {
      name: "too little memory",
      machine: { memory: 3 * MIB },
      message: "Cannot start a machine with 3M of memory: this Mac allows 4M to 16384M",
      code: "machine-size-unsupported",
      data: { resource: "memory", requested: 3 * MIB, minimum: 4 * MIB, maximum: 16384 * MIB },
    },
    {
      name: "a serial number that is too long",
      machine: { disks: [{ source: "", serial: "x".repeat(21), readOnly: true, patches: [] }] },
      message: `Cannot attach a disk with the serial number "${
        "x".repeat(21)
      }": it has to have at most 20 bytes, all of them ASCII`,
    },
    {
      name: "a serial number that is not ASCII",
      machine: { disks: [{ source: "", serial: "é", readOnly: true, patches: [] }] },
      message:
        'Cannot attach a disk with the serial number "é": it has to have at most 20 bytes, all of them ASCII',
    },
    {
      name: "a qcow2 disk",
      machine: {
        attachedDisks: [{ path: "/d.qcow2", format: "qcow2", serial: "d", readOnly: true }],
      },
      message: "Cannot attach the disk /d.qcow2: " +
        "Virtualization.framework takes raw images only, not qcow2",
      code: "disk-unusable",
      data: { path: "/d.qcow2", reason: "format" },
    },
    {
      name: "a torn disk",
      machine: {
        attachedDisks: [{ path: torn, format: "raw", serial: "d", readOnly: true }],
      },
      message: `Cannot attach the disk ${torn}: ` +
        "it has 513 bytes, which is not a number of whole sectors of 512",
      code: "disk-unusable",
      data: { path: torn, reason: "format" },
    },
    {
      name: "no kernel",
      machine: { kernel: join(path, "missing") },
      message: `Cannot use the kernel ${join(path, "missing")}: there is no such file`,
    },
    {
      name: "a kernel behind links without end",
      machine: { kernel: join(path, "loop") },
      message: `Cannot use the kernel ${join(path, "loop")}: Too many levels of symbolic links`,
    },
    {
      name: "a kernel for Intel",
      machine: { kernel: join(path, "bzImage") },
      message: `Cannot use the kernel ${
        join(path, "bzImage")
      }: it is not an uncompressed arm64 Image`,
    },
    {
      name: "an initramfs that is a folder",
      machine: { initramfs: path },
      message: `Cannot use the initramfs ${path}: it is not a regular file`,
    },
  ];
  for (
    const { name, host, code = "machine-start-failed", message, data = {}, ...row } of rows
  ) {
    await t.step(name, async () => {
      await assert.rejects(
        checkMachine({ ...machine, ...row.machine }, { ...HOST, ...host }, "aarch64"),
        (error) => {
          assert.ok(hasCode(error, code));
          assert.equal(error.message, message);
          assert.deepEqual(error.data, data);
          return true;
        },
      );
    });
  }
});
