import { readAt } from "../../host/mod.ts";
import { openIfThere } from "./open_if_there.ts";

/** How much is read at once, in bytes. */
const READ_SIZE = 64 * 1024;

const LINE_FEED = 0x0a;

/** How many bytes at the end of a file its last lines have; none, if there is no such file. */
export async function tailSize(path: string, lines: number): Promise<number> {
  using file = await openIfThere(path);
  if (file === undefined) return 0;
  const { size } = await file.stat();
  let found = 0;
  const buffer = new Uint8Array(READ_SIZE);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - READ_SIZE);
    const bytes = buffer.subarray(0, await readAt(file, start, buffer.subarray(0, end - start)));
    for (let index = bytes.length - 1; index >= 0; index--) {
      const isLast = start + index === size - 1;
      if (bytes[index] === LINE_FEED && !isLast && ++found === lines) {
        return size - start - index - 1;
      }
    }
    end = start;
  }
  return size;
}
