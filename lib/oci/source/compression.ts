import * as layers from "../layer/decompress.ts";
import { LayerFault } from "../layer/layer_fault.ts";
import { sourceUnreadable } from "./source_errors.ts";

/** How an archive is compressed. Layers are never compressed with xz, but archives are. */
export type Compression = layers.Compression | "xz";

const XZ_MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];

/**
 * However little it is compressed from, this much is unpacked, in bytes, and beyond that {@linkcode MAX_RATIO} times
 * what was read: more has only an archive that was made to fill a disk.
 */
const FREE_SIZE = 2 ** 27;
/** Deflate makes at most 1032 bytes out of one; no archive of programs and data comes near it. */
const MAX_RATIO = 1100;

/**
 * Says by its first bytes how an archive is compressed.
 *
 * @throws {SnapvmError} `source-unreadable` if it is compressed in a way that cannot be unpacked here.
 */
export function compressionOf(start: Uint8Array, name: string): Compression {
  if (XZ_MAGIC.every((byte, index) => start[index] === byte)) return "xz";
  try {
    return layers.compressionOf(start);
  } catch (cause) {
    if (!(cause instanceof LayerFault)) throw cause;
    throw sourceUnreadable(name, `${cause.message}; gzip, zstd and xz can be read`, cause);
  }
}

/**
 * Unpacks an archive.
 *
 * @param compression How it is compressed.
 * @param chunks The compressed bytes.
 * @param name How messages name it.
 * @param signal Ends it when it aborts.
 * @throws {SnapvmError} `source-unreadable` if it is damaged or cut short, or unpacks to far more than archives do.
 */
export async function* decompressed(
  compression: Exclude<Compression, "none">,
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  name: string,
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let read = 0;
  let made = 0;
  async function* counted() {
    for await (const chunk of chunks) {
      read += chunk.length;
      yield chunk;
    }
  }
  const unpacked = compression === "xz"
    ? (await loadXz()).unpackXz(counted(), name)
    : layers.decompress(counted(), compression, signal);
  try {
    for await (const chunk of unpacked) {
      made += chunk.length;
      if (made > FREE_SIZE && made > read * MAX_RATIO) {
        throw sourceUnreadable(name, `it unpacks to more than ${MAX_RATIO} times its size`);
      }
      yield chunk;
    }
  } catch (cause) {
    if (!(cause instanceof LayerFault)) throw cause;
    throw sourceUnreadable(name, cause.message, cause);
  }
}

/** Deno loads what an `import()` with a fixed path leads to before the program starts. */
async function loadXz() {
  return await import(import.meta.resolve("./unpack_xz.ts")) as typeof import("./unpack_xz.ts");
}
