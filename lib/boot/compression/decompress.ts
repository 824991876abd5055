import { decompressionFailed } from "./decompression_failed.ts";
import type { StreamReader } from "./stream_reader.ts";

/** The compressions that kernels and initramfs come in, by the names of their tools. */
export type Compression = "gzip" | "zstd" | "xz" | "lz4" | "lzma" | "lzo" | "bzip2";

/** The first bytes of each, as in Linux's lib/decompress.c. */
const MAGICS: readonly (readonly [Compression, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["lz4", [0x02, 0x21, 0x4c, 0x18]],
  ["lzma", [0x5d, 0x00, 0x00]],
  ["lzo", [0x89, 0x4c, 0x5a, 0x4f]],
  ["bzip2", [0x42, 0x5a, 0x68]],
];

/**
 * Recognizes a compression by its magic number.
 *
 * @param start The first bytes of a file.
 * @returns The compression, or `undefined` if the bytes are none of them.
 */
export function detectCompression(start: Uint8Array): Compression | undefined {
  return MAGICS.find(([, magic]) => magic.every((byte, i) => start[i] === byte))?.[0];
}

/**
 * Unpacks one compressed stream. Afterwards the reader stands right behind it, so the caller can go on with what
 * follows, such as padding or another stream. Only xz leaves it at an unknown place behind the stream.
 *
 * @param compression One of those that {@linkcode isSupported} accepts.
 * @param reader Stands at the first compressed byte.
 * @param name The file's name in errors.
 * @returns The bytes in chunks of limited size; the next chunk may overwrite the memory of this one.
 * @throws {SnapvmError} `decompression-failed` if the data is damaged or ends too early.
 */
export async function* decompress(
  compression: Compression,
  reader: StreamReader,
  name: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  // Each is loaded only when needed: most kernels and initramfs need one, and x86 kernels none.
  switch (compression) {
    case "gzip":
      return yield* (await import("./gunzip.ts")).gunzip(reader, name);
    case "zstd":
      return yield* (await import("./unzstd.ts")).unzstd(reader, name);
    case "xz":
      return yield* (await import("./unxz.ts")).unxz(reader, name);
    case "lz4":
      return yield* (await import("./unlz4.ts")).unlz4(reader, name);
    default:
      throw decompressionFailed(name, `${compression} cannot be unpacked here`);
  }
}

/** Whether {@linkcode decompress} can unpack a compression. */
export function isSupported(compression: Compression): boolean {
  return ["gzip", "zstd", "xz", "lz4"].includes(compression);
}
