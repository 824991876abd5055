import { hasCode, SnapvmError } from "../../error/mod.ts";
import type { ByteSource } from "./byte_source.ts";
import { decompress, isSupported } from "../compression/decompress.ts";
import { detectKernelFormat, KERNEL_START_SIZE } from "./kernel_format.ts";
import { StreamReader } from "../compression/stream_reader.ts";

/** Four times the largest kernel of a distribution; a file that unpacks to more is not a kernel. */
const MAX_KERNEL_SIZE = 256 << 20;
/** Real ones have up to two: a zboot image that was compressed once more. */
const MAX_NESTING = 4;

/** A kernel in a form that a hypervisor starts. Its bytes are read and unpacked as they are asked for. */
export interface OpenKernel extends AsyncDisposable {
  /** The processor that it is for, as `uname -m` names it. */
  readonly architecture: string;
  /** What it was packed in, outermost first, and what it is: `zboot zstd`, `arm64 Image`. */
  readonly formats: readonly string[];
  /** Its version, if its format has one. */
  readonly version?: string;
  /** The bytes, once. Throws a `corrupt-kernel` if they turn out to be damaged, too many or too few. */
  read(): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/**
 * Opens a kernel file, through everything that it is packed in.
 *
 * @param source The file.
 * @param path The file's path for errors.
 * @returns The kernel in it. Dispose of it, even if it was not read to its end.
 * @throws {SnapvmError} `corrupt-kernel` if it is damaged; `unsupported-kernel` if it is, or has in it, something that
 *   cannot be unpacked or started.
 */
export async function openKernel(source: ByteSource, path: string): Promise<OpenKernel> {
  const formats: string[] = [];
  let reader = new StreamReader(source.read());
  const readers = [reader];
  // The innermost first: it still reads from the ones outside it.
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
      if (formats.length > MAX_NESTING) {
        const why = `it is packed more than ${MAX_NESTING} times`;
        throw corrupt(path, `Cannot unpack ${path}: ${why}`);
      }
      await reader.skip(offset);
      const payload = new StreamReader(reader.take(length));
      reader = new StreamReader(unpacked(decompress(compression, payload, path), path));
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
    if (!hasCode(error, "decompression-failed")) throw error;
    throw corrupt(path, error.message, error);
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
    if (size > MAX_KERNEL_SIZE) {
      throw corrupt(path, `Cannot unpack ${path}: it has more than 256 MiB`);
    }
    yield chunk;
  }
  if (size < minimum) {
    throw corrupt(path, `Cannot read ${path}: it has ${size} bytes of ${minimum}`);
  }
}

function unusable(path: string, formats: readonly string[], reason: string): SnapvmError {
  const message = `Cannot start ${path} (${formats.join(", in it ")}): ${reason}`;
  return new SnapvmError("unsupported-kernel", message, { data: { path, formats } });
}

function corrupt(path: string, message: string, cause?: unknown): SnapvmError {
  return new SnapvmError("corrupt-kernel", message, { data: { path }, cause });
}
