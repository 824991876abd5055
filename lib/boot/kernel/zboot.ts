import type { Compression } from "../compression/decompress.ts";
import { CorruptKernel } from "../errors.ts";

const HEADER_SIZE = 0x40;
const LINUX_PE_MAGIC = 0x818223cd;
/** What stands before the compressed kernel is a small program; real ones have some 50 KiB. */
const PAYLOAD_OFFSET_MAX = 16 << 20;

/** What a kernel's Makefile calls its compressions (drivers/firmware/efi/libstub/Makefile.zboot). */
const COMPRESSIONS: ReadonlyMap<string, Compression> = new Map([
  ["gzip", "gzip"],
  ["zstd", "zstd"],
  ["zstd22", "zstd"],
  ["xzkern", "xz"],
  ["lz4", "lz4"],
  ["lzma", "lzma"],
  ["lzo", "lzo"],
]);

/** What the header of an EFI zboot image says: a small EFI program around a compressed kernel. */
export interface Zboot {
  /** The compression by the header's own name, such as `zstd22`. */
  readonly type: string;
  /** The same as the tool that made it, or `undefined` for one that Linux has never had. */
  readonly compression: Compression | undefined;
  /** Where the compressed kernel begins, in bytes from the file's start. */
  readonly payloadOffset: number;
  /** How many bytes it has. */
  readonly payloadSize: number;
}

/** Whether a file's start is that of an EFI zboot image. */
export function isZboot(start: Uint8Array<ArrayBuffer>): boolean {
  if (start.length < HEADER_SIZE) return false;
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  return view.getUint16(0, true) === 0x5a4d && view.getUint32(4) === 0x7a696d67 && // "MZ", "zimg"
    view.getUint32(0x38, true) === LINUX_PE_MAGIC;
}

/**
 * Reads the header of an EFI zboot image (drivers/firmware/efi/libstub/zboot-header.S in Linux).
 *
 * @param start The file's first 64 bytes or more.
 * @param size The file's size in bytes, or `undefined` where it is not known.
 * @param path What the file is called in errors.
 * @returns What the header says.
 * @throws {CorruptKernel} If the compressed kernel does not lie behind the header and inside the file.
 */
export function parseZboot(
  start: Uint8Array<ArrayBuffer>,
  size: number | undefined,
  path: string,
): Zboot {
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const payloadOffset = view.getUint32(0x08, true);
  const payloadSize = view.getUint32(0x0c, true);
  const type = String.fromCharCode(...start.subarray(0x18, 0x38)).replace(/\0[^]*$/, "");
  if (payloadOffset < HEADER_SIZE || payloadOffset > PAYLOAD_OFFSET_MAX) {
    throw new CorruptKernel(
      `Cannot unpack the zboot image ${path}: its kernel cannot begin at byte ${payloadOffset}`,
    );
  }
  if (size !== undefined && payloadOffset + payloadSize > size) {
    throw new CorruptKernel(
      `Cannot unpack the zboot image ${path}: its kernel ends at byte ` +
        `${payloadOffset + payloadSize} and the file at ${size}; the file may be cut short`,
    );
  }
  return { type, compression: COMPRESSIONS.get(type), payloadOffset, payloadSize };
}
