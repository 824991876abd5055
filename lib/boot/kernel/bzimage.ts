import { SnapvmError } from "../../error/mod.ts";

const SECTOR = 512;
const PROTOCOL_WITH_XLOADFLAGS = 0x020c;
const XLF_KERNEL_64 = 1;

/** What the setup header of an x86 kernel says. */
export interface BzImage {
  /** `x86_64`, or `i386` for a kernel of 32 bits. */
  readonly architecture: string;
  /** The kernel's version, `uname -r`; absent if the header does not point at one. */
  readonly version?: string;
  /** The smallest size in bytes that the file can have. */
  readonly minimumSize: number;
}

/** Whether a file begins like an x86 kernel: the end of its boot sector and the `HdrS` of its setup header. */
export function isBzImage(start: Uint8Array): boolean {
  return start[0x1fe] === 0x55 && start[0x1ff] === 0xaa &&
    [0x48, 0x64, 0x72, 0x53].every((byte, i) => start[0x202 + i] === byte);
}

/**
 * Reads the setup header of an x86 kernel.
 *
 * @see {@link https://docs.kernel.org/arch/x86/boot.html}
 * @param start The file's start; the version has to be in it.
 * @param path The file's path for errors.
 * @returns What the header says.
 * @throws {SnapvmError} `corrupt-kernel` if the file ends within the header.
 */
export function parseBzImage(start: Uint8Array<ArrayBuffer>, path: string): BzImage {
  if (start.length < 0x268) {
    const message = `Cannot read ${path} as an x86 kernel: it ends within its header`;
    throw new SnapvmError("corrupt-kernel", message, { data: { path } });
  }
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const setup_sects = view.getUint8(0x1f1) || 4;
  const syssize = view.getUint32(0x1f4, true);
  const protocol = view.getUint16(0x206, true);
  const kernel_version = view.getUint16(0x20e, true);
  const xloadflags = view.getUint16(0x236, true);

  const is64 = protocol < PROTOCOL_WITH_XLOADFLAGS || (xloadflags & XLF_KERNEL_64) !== 0;
  const version = kernel_version === 0 ? undefined : firstWord(start, 0x200 + kernel_version);
  return {
    architecture: is64 ? "x86_64" : "i386",
    ...(version && { version }),
    minimumSize: (setup_sects + 1) * SECTOR + syssize * 16,
  };
}

/** Printable ASCII up to the first other byte: after the version and a space comes the host that built the kernel. */
function firstWord(bytes: Uint8Array, offset: number): string {
  let end = offset;
  while (isPrintable(bytes[end]) && end - offset < 256) end++;
  return String.fromCharCode(...bytes.subarray(offset, end));
}

function isPrintable(byte = 0): boolean {
  return byte > 0x20 && byte < 0x7f;
}
