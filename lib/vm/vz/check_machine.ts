import type { Host } from "../../../ffi/mod.ts";
import { HypervisorNotFound, MachineStartFailed } from "../errors.ts";
import type { Architecture, MachineSpecification } from "../machine.ts";

const MIB = 2 ** 20;

/** The most that virtio has for a disk's serial number, in bytes. */
const MOST_SERIAL = 20;

/**
 * What the framework takes for a kernel: on Apple silicon the `Image` with its magic number
 * (Documentation/arch/arm64/booting.rst), on Intel the bzImage with its own (Documentation/arch/x86/boot.rst).
 */
const KERNELS = {
  aarch64: { offset: 0x38, magic: "ARM\x64", name: "an uncompressed arm64 Image" },
  x86_64: { offset: 0x202, magic: "HdrS", name: "an x86 bzImage" },
} as const;

/**
 * Looks at everything that the framework would refuse without saying why, or with an exception that ends the process.
 *
 * @param machine The machine.
 * @param host What the framework says of this Mac.
 * @param hostArchitecture The host's processor.
 * @returns The machine, with its paths resolved (the framework does not follow symbolic links) and its memory rounded up
 * to whole MiB.
 * @throws {HypervisorNotFound} If the framework cannot run machines here, or none for such a processor.
 * @throws {MachineStartFailed} If it could not run this one.
 */
export async function checkMachine(
  machine: MachineSpecification,
  host: Host,
  hostArchitecture: string = Deno.build.arch,
): Promise<MachineSpecification> {
  const { architecture, cpus, disks, initramfs } = machine;
  if (architecture !== hostArchitecture) {
    throw new HypervisorNotFound(
      `Cannot run an ${architecture} guest with Virtualization.framework: this Mac's processor is ${hostArchitecture}`,
      "Emulate it with --backend qemu, or take the image for this Mac's processor with --platform.",
    );
  }
  if (!host.supported) {
    throw new HypervisorNotFound(
      `Cannot run virtual machines on this Mac: Virtualization.framework is not available (${host.system})`,
      "It needs Apple silicon or an Intel processor with VT-x, and in a virtual machine nested virtualization. " +
        "QEMU can emulate: --backend qemu.",
    );
  }
  const memory = Math.ceil(machine.memory / MIB) * MIB;
  checkRange(cpus, host.minimumCpus, host.maximumCpus, "virtual processors", "--cpus", String);
  checkRange(memory, host.minimumMemory, host.maximumMemory, "of memory", "--memory", mebibytes);
  for (const { serial } of disks) checkSerial(serial);
  return {
    ...machine,
    memory,
    kernel: await checkKernel(machine.kernel, architecture),
    ...initramfs !== undefined && { initramfs: await checkFile(initramfs, "initramfs") },
    folder: await Deno.realPath(machine.folder),
  };
}

function checkRange(
  value: number,
  least: number,
  most: number,
  what: string,
  option: string,
  show: (value: number) => string,
): void {
  if (value >= least && value <= most) return;
  const nearest = value < least ? least : most;
  throw new MachineStartFailed(
    `Cannot start a machine with ${show(value)} ${what}: this Mac allows ${show(least)} to ${
      show(most)
    }`,
    `Give it another number: ${option} ${show(nearest)}.`,
  );
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / MIB)}M`;
}

function checkSerial(serial: string): void {
  // deno-lint-ignore no-control-regex -- ASCII has control characters
  if (/^[\x00-\x7f]*$/.test(serial) && serial.length <= MOST_SERIAL) return;
  throw new MachineStartFailed(
    `Cannot attach a disk with the serial number ${JSON.stringify(serial)}: ` +
      `it has to have at most ${MOST_SERIAL} bytes, all of them ASCII`,
  );
}

async function checkKernel(path: string, architecture: Architecture): Promise<string> {
  const resolved = await checkFile(path, "kernel");
  const { offset, magic, name } = KERNELS[architecture];
  using file = await Deno.open(resolved);
  const found = new Uint8Array(magic.length);
  await file.seek(offset, Deno.SeekMode.Start);
  await file.read(found);
  if (String.fromCharCode(...found) !== magic) {
    throw new MachineStartFailed(`Cannot use the kernel ${path}: it is not ${name}`);
  }
  return resolved;
}

/** The path of a regular file without symbolic links in it. */
async function checkFile(path: string, what: string): Promise<string> {
  try {
    const resolved = await Deno.realPath(path);
    if ((await Deno.stat(resolved)).isFile) return resolved;
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotFound
      ? "there is no such file"
      : cause instanceof Error
      ? cause.message
      : String(cause);
    throw new MachineStartFailed(`Cannot use the ${what} ${path}: ${why}`, "", { cause });
  }
  throw new MachineStartFailed(`Cannot use the ${what} ${path}: it is not a regular file`);
}
