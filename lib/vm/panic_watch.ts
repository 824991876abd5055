import { Buffer } from "node:buffer";

/** What every panic of Linux starts with (`panic()` in the kernel's `kernel/panic.c`). */
const PANIC = Buffer.from("Kernel panic - not syncing");

/** How far back from a console's end a panic may begin, in bytes: its registers and stack traces are a few kilobytes. */
const PANIC_WINDOW = 64 * 1024;

/**
 * Watches a guest's console for the kernel's panic. A guest whose kernel has no driver for a panic device has no other
 * way to tell: with `panic=-1` it resets itself, and only its last words distinguish that from a reboot.
 */
export class PanicWatch {
  #tail = Buffer.alloc(0);
  #length = 0;
  #lastPanic: number | undefined;

  /**
   * Takes the next bytes of the console.
   *
   * @param bytes As they came, cut anywhere.
   */
  push(bytes: Uint8Array<ArrayBuffer>): void {
    const text = Buffer.concat([this.#tail, bytes]);
    const start = this.#length - this.#tail.length;
    const found = text.lastIndexOf(PANIC);
    if (found !== -1) this.#lastPanic = start + found;
    this.#length += bytes.length;
    this.#tail = text.subarray(Math.max(0, text.length - PANIC.length + 1));
  }

  /** Whether what was seen last is a panic. */
  get panicked(): boolean {
    return this.#lastPanic !== undefined && this.#length - this.#lastPanic <= PANIC_WINDOW;
  }
}
