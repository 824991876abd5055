import { SnapvmError } from "../../error/mod.ts";
import type { StreamReader } from "../compression/stream_reader.ts";

const HEADER_SIZE = 110;
const MAX_PATH_SIZE = 4096;
const TYPE_MASK = 0o170000;
const TYPE_SYMLINK = 0o120000;
const TYPE_FILE = 0o100000;

/** One entry of a cpio archive. */
export interface CpioName {
  /** Its path in the archive, without leading `/` or `./`. */
  readonly path: string;
  /** Whether it is a regular file. */
  readonly isFile: boolean;
  /** The target, if it is a symbolic link. */
  readonly target?: string;
}

/** Whether bytes begin like a cpio archive in a format that the kernel unpacks. */
export function isCpio(start: Uint8Array): boolean {
  const magic = String.fromCharCode(...start.subarray(0, 6));
  return magic === "070701" || magic === "070702";
}

/**
 * Reads the names in a cpio archive (`newc`, with or without checksums), and leaves the reader behind its trailer.
 *
 * @param reader Stands at the archive's first byte.
 * @returns The entries in their order.
 * @throws {SnapvmError} `corrupt-initramfs` if it is damaged or cut short.
 */
export async function* readCpio(reader: StreamReader): AsyncGenerator<CpioName, void> {
  const begin = reader.position;
  const skip = async (length: number) => {
    if (await reader.skip(length) < length) throw corrupt("it is cut short");
  };
  const align = () => skip((4 - (reader.position - begin) % 4) % 4);
  for (;;) {
    const header = await reader.peek(HEADER_SIZE);
    if (header.length < HEADER_SIZE) throw corrupt("it is cut short");
    if (!isCpio(header)) throw corrupt("an entry does not begin with 070701");
    const c_mode = hexadecimal(header, 1);
    const c_filesize = hexadecimal(header, 6);
    const c_namesize = hexadecimal(header, 11);
    if (c_namesize < 1 || c_namesize > MAX_PATH_SIZE) {
      throw corrupt(`a name has ${c_namesize} bytes`);
    }
    reader.advance(HEADER_SIZE);

    const name = text(await reader.peek(c_namesize - 1));
    await skip(c_namesize);
    await align();
    if (name === "TRAILER!!!") return;
    const path = name.replace(/^(?:\.?\/)+/, "");
    const type = c_mode & TYPE_MASK;
    if (type === TYPE_SYMLINK && c_filesize < MAX_PATH_SIZE) {
      yield { path, isFile: false, target: text(await reader.peek(c_filesize)) };
    } else {
      yield { path, isFile: type === TYPE_FILE };
    }
    await skip(c_filesize);
    await align();
  }
}

/** A number of the header; each has eight hexadecimal digits. */
function hexadecimal(header: Uint8Array, index: number): number {
  const digits = text(header.subarray(6 + index * 8, 14 + index * 8));
  if (!/^[0-9A-Fa-f]{8}$/.test(digits)) throw corrupt("a number in a header is not hexadecimal");
  return parseInt(digits, 16);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function corrupt(why: string): SnapvmError {
  const message = `Cannot read a cpio archive of the initramfs: ${why}`;
  return new SnapvmError("corrupt-initramfs", message, { data: {} });
}
