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
  const unpack = await loadUnpack(compression);
  if (unpack === undefined) {
    throw decompressionFailed(name, `${compression} cannot be unpacked here`);
  }
  yield* unpack(reader, name);
}

/** Unpacks one stream. */
type Unpack = (
  reader: StreamReader,
  name: string,
) => AsyncGenerator<Uint8Array<ArrayBuffer>, void>;

/**
 * Each is loaded only when needed: most kernels and initramfs need one, and x86 kernels none. Deno loads what an
 * `import()` with a fixed path leads to before the program starts; it does not look behind `resolve`.
 */
async function loadUnpack(compression: Compression): Promise<Unpack | undefined> {
  switch (compression) {
    case "gzip":
      return (await import(import.meta.resolve("./gunzip.ts")) as typeof import("./gunzip.ts"))
        .gunzip;
    case "zstd":
      return (await import(import.meta.resolve("./unzstd.ts")) as typeof import("./unzstd.ts"))
        .unzstd;
    case "xz":
      return (await import(import.meta.resolve("./unxz.ts")) as typeof import("./unxz.ts")).unxz;
    case "lz4":
      return (await import(import.meta.resolve("./unlz4.ts")) as typeof import("./unlz4.ts")).unlz4;
    default:
      return undefined;
  }
}

/** Whether {@linkcode decompress} can unpack a compression. */
export function isSupported(compression: Compression): boolean {
  return ["gzip", "zstd", "xz", "lz4"].includes(compression);
}
