import type { Host } from "../../../ffi/mod.ts";
import { type ErrorData, reasonOf, SnapvmError } from "../../error/mod.ts";
import { readAt } from "../../host/mod.ts";
import type { Architecture, AttachedDisk, MachineSpecification } from "../machine.ts";

const MIB = 2 ** 20;

/** What a disk consists of, in bytes. */
const SECTOR = 512;

/** How many bytes virtio has for a disk's serial number. */
const MAX_SERIAL_LENGTH = 20;

/**
 * What the framework accepts as a kernel: on Apple silicon the `Image` with its magic number
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
 * @throws {SnapvmError} `processor-unsupported` or `virtualization-unavailable` if the framework cannot run such a
 * machine here, `machine-size-unsupported` if this Mac does not allow its size, `machine-start-failed` if something else
 * about it is wrong.
 */
export async function checkMachine(
  machine: MachineSpecification,
  host: Host,
  hostArchitecture: string = Deno.build.arch,
): Promise<MachineSpecification> {
  const { architecture, cpus, disks, attachedDisks, initramfs } = machine;
  if (architecture !== hostArchitecture) {
    throw new SnapvmError(
      "processor-unsupported",
      `Cannot run an ${architecture} guest with Virtualization.framework: this Mac's processor is ${hostArchitecture}`,
      { data: { architecture, hostArchitecture } },
    );
  }
  if (!host.supported) {
    throw new SnapvmError(
      "virtualization-unavailable",
      `Cannot run virtual machines on this Mac: Virtualization.framework is not available (${host.system})`,
      { data: {} },
    );
  }
  const memory = Math.ceil(machine.memory / MIB) * MIB;
  checkSize({
    resource: "cpus",
    requested: cpus,
    minimum: host.minimumCpus,
    maximum: host.maximumCpus,
  });
  checkSize({
    resource: "memory",
    requested: memory,
    minimum: host.minimumMemory,
    maximum: host.maximumMemory,
  });
  for (const { serial } of disks) checkSerial(serial);
  return {
    ...machine,
    ...attachedDisks && { attachedDisks: await Promise.all(attachedDisks.map(checkAttachedDisk)) },
    memory,
    kernel: await checkKernel(machine.kernel, architecture),
    ...initramfs !== undefined && { initramfs: await checkFile(initramfs, "initramfs") },
    folder: await Deno.realPath(machine.folder),
  };
}

function checkSize(size: ErrorData["machine-size-unsupported"]): void {
  const { resource, requested, minimum, maximum } = size;
  if (requested >= minimum && requested <= maximum) return;
  const [show, what] = resource === "cpus"
    ? [String, "virtual processors"]
    : [mebibytes, "of memory"];
  throw new SnapvmError(
    "machine-size-unsupported",
    `Cannot start a machine with ${show(requested)} ${what}: this Mac allows ${show(minimum)} to ${
      show(maximum)
    }`,
    { data: size },
  );
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / MIB)}M`;
}

function checkSerial(serial: string): void {
  // deno-lint-ignore no-control-regex -- ASCII has control characters
  if (/^[\x00-\x7f]*$/.test(serial) && serial.length <= MAX_SERIAL_LENGTH) return;
  throw startFailed(
    `Cannot attach a disk with the serial number ${JSON.stringify(serial)}: ` +
      `it has to have at most ${MAX_SERIAL_LENGTH} bytes, all of them ASCII`,
  );
}

/** The framework reads raw images of whole sectors. */
async function checkAttachedDisk(disk: AttachedDisk): Promise<AttachedDisk> {
  const { path, format, serial } = disk;
  checkSerial(serial);
  const unusable = (why: string) =>
    new SnapvmError("disk-unusable", `Cannot attach the disk ${path}: ${why}`, {
      data: { path, reason: "format" },
    });
  if (format !== "raw") {
    throw unusable(`Virtualization.framework takes raw images only, not ${format}`);
  }
  const resolved = await checkFile(path, "disk");
  const { size } = await Deno.stat(resolved);
  if (size === 0 || size % SECTOR !== 0) {
    throw unusable(`it has ${size} bytes, which is not a number of whole sectors of ${SECTOR}`);
  }
  return { ...disk, path: resolved };
}

async function checkKernel(path: string, architecture: Architecture): Promise<string> {
  const resolved = await checkFile(path, "kernel");
  const { offset, magic, name } = KERNELS[architecture];
  using file = await Deno.open(resolved);
  const found = new Uint8Array(magic.length);
  await readAt(file, offset, found);
  if (String.fromCharCode(...found) !== magic) {
    throw startFailed(`Cannot use the kernel ${path}: it is not ${name}`);
  }
  return resolved;
}

/** Resolves the path of a regular file: the framework does not follow symbolic links. */
async function checkFile(path: string, what: string): Promise<string> {
  let info: Deno.FileInfo;
  let resolved: string;
  try {
    resolved = await Deno.realPath(path);
    info = await Deno.stat(resolved);
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotFound ? "there is no such file" : reasonOf(cause);
    throw startFailed(`Cannot use the ${what} ${path}: ${why}`, cause);
  }
  if (info.isFile) return resolved;
  throw startFailed(`Cannot use the ${what} ${path}: it is not a regular file`);
}

function startFailed(message: string, cause?: unknown): SnapvmError {
  return new SnapvmError("machine-start-failed", message, { data: {}, cause });
}
