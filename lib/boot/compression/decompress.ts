import { DecompressionFailed } from "./decompression_failed.ts";
import type { StreamReader } from "./stream_reader.ts";

/** The compressions that kernels and initramfs come in, by the names of their tools. */
export type Compression = "gzip" | "zstd" | "xz" | "lz4" | "lzma" | "lzo" | "bzip2";

/** The first bytes of each, as Linux's lib/decompress.c knows them. */
const MAGICS: readonly (readonly [Compression, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["lz4", [0x02, 0x21, 0x4c, 0x18]],
  ["lzma", [0x5d, 0x00, 0x00]],
  ["lzo", [0x89, 0x4c, 0x5a, 0x4f]],
  ["bzip2", [0x42, 0x5a, 0x68]],
];

/** Which compression bytes begin with, if any. */
export function detectCompression(start: Uint8Array): Compression | undefined {
  return MAGICS.find(([, magic]) => magic.every((byte, i) => start[i] === byte))?.[0];
}

/**
 * Unpacks one compressed stream. Afterwards the reader stands behind it (with xz anywhere), so that what follows,
 * be it padding or another stream, is the caller's.
 *
 * @param compression One of those that {@linkcode isSupported} accepts.
 * @param reader Stands at the first compressed byte.
 * @returns The bytes in chunks of limited size; each may use the memory of the one before.
 * @throws {DecompressionFailed} If the bytes are damaged or end too early.
 */
export async function* decompress(
  compression: Compression,
  reader: StreamReader,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  // Each of them is loaded only where it is needed: most kernels and initramfs need one, and x86 kernels none.
  switch (compression) {
    case "gzip":
      return yield* (await import("./gunzip.ts")).gunzip(reader);
    case "zstd":
      return yield* (await import("./unzstd.ts")).unzstd(reader);
    case "xz":
      return yield* (await import("./unxz.ts")).unxz(reader);
    case "lz4":
      return yield* (await import("./unlz4.ts")).unlz4(reader);
    default:
      throw new DecompressionFailed(`${compression} cannot be unpacked here`);
  }
}

/** Whether {@linkcode decompress} can unpack it. */
export function isSupported(compression: Compression): boolean {
  return ["gzip", "zstd", "xz", "lz4"].includes(compression);
}
