import { SnapvmError } from "../../error/mod.ts";
import type { Compression } from "../compression/decompress.ts";

const HEADER_SIZE = 0x40;
const LINUX_PE_MAGIC = 0x818223cd;
/** A small program comes before the compressed kernel; real ones have about 50 KiB. */
const MAX_PAYLOAD_OFFSET = 16 << 20;

/** The names of the compressions in the kernel's drivers/firmware/efi/libstub/Makefile.zboot. */
const COMPRESSIONS: ReadonlyMap<string, Compression> = new Map([
  ["gzip", "gzip"],
  ["zstd", "zstd"],
  ["zstd22", "zstd"],
  ["xzkern", "xz"],
  ["lz4", "lz4"],
  ["lzma", "lzma"],
  ["lzo", "lzo"],
]);

/** The header of an EFI zboot image, which is a small EFI program with a compressed kernel in it. */
export interface Zboot {
  /** The header's name for the compression, such as `zstd22`. */
  readonly type: string;
  /** The same compression by its tool's name, or `undefined` if Linux has never had it. */
  readonly compression: Compression | undefined;
  /** The position of the compressed kernel in the file, in bytes. */
  readonly payloadOffset: number;
  /** The size of the compressed kernel in bytes. */
  readonly payloadSize: number;
}

/** Whether a file begins like an EFI zboot image. */
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
 * @param size The file's size in bytes, or `undefined` if it is not known.
 * @param path The file's path for errors.
 * @returns What the header says.
 * @throws {SnapvmError} `corrupt-kernel` if the compressed kernel is not behind the header and inside the file.
 */
export function parseZboot(
  start: Uint8Array<ArrayBuffer>,
  size: number | undefined,
  path: string,
): Zboot {
  const corrupt = (why: string) => {
    const message = `Cannot unpack the zboot image ${path}: ${why}`;
    return new SnapvmError("corrupt-kernel", message, { data: { path } });
  };
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const payloadOffset = view.getUint32(0x08, true);
  const payloadSize = view.getUint32(0x0c, true);
  const type = String.fromCharCode(...start.subarray(0x18, 0x38)).replace(/\0[^]*$/, "");
  if (payloadOffset < HEADER_SIZE || payloadOffset > MAX_PAYLOAD_OFFSET) {
    throw corrupt(`its kernel cannot begin at byte ${payloadOffset}`);
  }
  if (size !== undefined && payloadOffset + payloadSize > size) {
    throw corrupt(
      `its kernel ends at byte ${payloadOffset + payloadSize} and the file at ${size}; ` +
        "the file may be cut short",
    );
  }
  return { type, compression: COMPRESSIONS.get(type), payloadOffset, payloadSize };
}
