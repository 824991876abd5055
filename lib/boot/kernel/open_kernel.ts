import type { ByteSource } from "./byte_source.ts";
import { decompress, isSupported } from "../compression/decompress.ts";
import { DecompressionFailed } from "../compression/decompression_failed.ts";
import { CorruptKernel, UnsupportedKernel } from "../errors.ts";
import { detectKernelFormat, KERNEL_START_SIZE } from "./kernel_format.ts";
import { StreamReader } from "../compression/stream_reader.ts";

/** Four times the largest distribution kernel; a file that unpacks to more is not a kernel. */
const KERNEL_SIZE_MAX = 256 << 20;
/** Real ones have two: a zboot image that was compressed once more. */
const NESTING_MAX = 4;

/** A kernel in the form that a hypervisor starts; its bytes are read, and unpacked, as they are asked for. */
export interface OpenKernel extends AsyncDisposable {
  /** The processor that it is for, in the words of `uname -m`. */
  readonly architecture: string;
  /** What it was packed in, outermost first, and what it is: `zboot zstd`, `arm64 Image`. */
  readonly formats: readonly string[];
  /** Its version, where its format says it. */
  readonly version?: string;
  /** The bytes, once. Throws `CorruptKernel` where they turn out to be damaged, too many or too few. */
  read(): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/**
 * Looks into a kernel file, through all that it is packed in.
 *
 * @param source The file.
 * @param path What it is called in errors.
 * @returns The kernel that is in it. Dispose of it when it is not read to its end.
 * @throws {CorruptKernel} If it is damaged.
 * @throws {UnsupportedKernel} If it is, or holds, something that cannot be unpacked or started.
 */
export async function openKernel(source: ByteSource, path: string): Promise<OpenKernel> {
  const formats: string[] = [];
  let reader = new StreamReader(source.read());
  const readers = [reader];
  // The innermost first: it still reads from the ones around it.
  const close = async () => {
    for (const each of readers.toReversed()) await each.close();
  };
  try {
    for (let size: number | undefined = source.size;; size = undefined) {
      const format = detectKernelFormat(await reader.peek(KERNEL_START_SIZE), size, path);
      formats.push(format.name);
      if (format.kind === "startable") {
        const { architecture, version, minimumSize } = format;
        const kernel = reader;
        return {
          architecture,
          formats,
          ...(version !== undefined && { version }),
          read: () => limited(kernel.take(), minimumSize, path),
          [Symbol.asyncDispose]: close,
        };
      }
      if (format.kind === "unusable") throw unusable(path, formats, format.reason);
      const { compression, offset, length } = format;
      if (!isSupported(compression)) {
        throw unusable(path, formats, `${compression} cannot be unpacked here`);
      }
      if (formats.length > NESTING_MAX) {
        const why = `it is packed more than ${NESTING_MAX} times`;
        throw new CorruptKernel(`Cannot unpack ${path}: ${why}`);
      }
      await reader.skip(offset);
      const payload = new StreamReader(reader.take(length));
      reader = new StreamReader(unpacked(decompress(compression, payload), path));
      readers.push(reader);
    }
  } catch (error) {
    await close();
    throw error;
  }
}

async function* unpacked(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  path: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  try {
    yield* limited(chunks, 0, path);
  } catch (error) {
    if (!(error instanceof DecompressionFailed)) throw error;
    throw new CorruptKernel(`Cannot unpack ${path}: ${error.message}`, { cause: error });
  }
}

async function* limited(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  minimum: number,
  path: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > KERNEL_SIZE_MAX) {
      throw new CorruptKernel(`Cannot unpack ${path}: there is more of it than 256 MiB`);
    }
    yield chunk;
  }
  if (size < minimum) {
    throw new CorruptKernel(`Cannot read ${path}: it has ${size} bytes of ${minimum}`);
  }
}

function unusable(path: string, formats: readonly string[], reason: string): UnsupportedKernel {
  return new UnsupportedKernel(
    `Cannot start ${path} (${formats.join(", in it ")}): ${reason}`,
    "Put a kernel into the image that is an x86 bzImage or an arm64 Image; packed with gzip, zstd, " +
      "xz or lz4, as EFI zboot or in a UKI is fine. Or choose another kernel of the image with --kernel.",
  );
}
