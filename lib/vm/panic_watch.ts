import { Tail } from "../host/mod.ts";

/** What every panic of Linux starts with (`panic()` in the kernel's `kernel/panic.c`). */
const PANIC = "Kernel panic - not syncing";

/** How far back from a console's end a panic may begin, in bytes: its registers and stack traces are a few kilobytes. */
const PANIC_WINDOW = 64 * 1024;

/**
 * Watches a guest's console for the kernel's panic. A guest whose kernel has no driver for a panic device has no other
 * way to tell: with `panic=-1` it resets itself, and only its last words distinguish that from a reboot.
 */
export class PanicWatch {
  readonly #tail = new Tail(PANIC_WINDOW);

  /**
   * Takes the next bytes of the console.
   *
   * @param bytes As they came, cut anywhere.
   */
  push(bytes: Uint8Array<ArrayBuffer>): void {
    this.#tail.push(bytes);
  }

  /** Whether the last thing seen is a panic. */
  get panicked(): boolean {
    return new TextDecoder().decode(this.#tail.bytes).includes(PANIC);
  }
}
