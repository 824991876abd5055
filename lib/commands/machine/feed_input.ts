/** How much is read of the input at once, in bytes. */
const READ_SIZE = 64 * 1024;

/** Where this process's input goes. */
export interface InputTarget {
  /** Settles when more may be written; rejects when nobody reads it any more. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Ends the input. */
  endInput(): void;
}

/**
 * Gives this process's standard input to somebody in a guest, until it ends or nobody reads it there. Then the other side
 * has the end of it, also if it cannot be read here.
 */
export async function feedInput(target: InputTarget): Promise<void> {
  const buffer = new Uint8Array(READ_SIZE);
  try {
    for (let length; (length = await Deno.stdin.read(buffer)) !== null;) {
      await target.write(buffer.subarray(0, length));
    }
  } finally {
    target.endInput();
  }
}
