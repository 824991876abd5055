import stripAnsi from "strip-ansi";
import { Tail } from "../../host/mod.ts";

/** How much of a console's end counts, in bytes: a panic's registers and stack traces are a few kilobytes. */
const WINDOW = 16 * 1024;

/** What the kernel puts before each message (`print_prefix` in the kernel's `kernel/printk/printk.c`). */
const TIMESTAMP = String.raw`\[ *\d+\.\d{6}\](?:\[ *[TC]\d+\])? `;
/** A message of the kernel may follow what another program has left on the line, a prompt for example. */
const MESSAGE = `(?:^|${TIMESTAMP})`;

/** `kernel_restart()` in `kernel/reboot.c`, and on x86 `native_machine_restart()` after it. */
const RESTART = new RegExp(`${MESSAGE}reboot: (?:Restarting system|machine restart)`);
/** `panic()` in `kernel/panic.c`: its first line, and its last one before it waits for the restart or halts. */
const PANIC = new RegExp(`${MESSAGE}Kernel panic - not syncing`);
const PANIC_END = new RegExp(
  `${MESSAGE}(?:Rebooting in \\d+ seconds|---\\[ end Kernel panic - not syncing)`,
);
const KERNEL_LINE = new RegExp(`^${TIMESTAMP}`);

/**
 * The end of what a guest has shown on its console, and what that means once the guest says no more.
 *
 * Virtualization.framework has no event for a guest that panics or restarts: it starts it again in the same machine.
 * Only the console shows it: the kernel announces both, with messages of the highest level, and then falls silent. The
 * words alone do not count, because somebody may look at an old log: nothing may follow them, not even a prompt.
 */
export class LastWords {
  readonly #tail = new Tail(WINDOW);

  /**
   * Takes the next bytes of the console.
   *
   * @param bytes As they came, cut anywhere.
   */
  push(bytes: Uint8Array<ArrayBuffer>): void {
    this.#tail.push(bytes);
  }

  /** What the guest did, if these were its last words; `undefined` if they say nothing about it. */
  get meaning(): "panic" | "reset" | undefined {
    const text = stripAnsi(new TextDecoder().decode(this.#tail.bytes));
    if (!text.endsWith("\n")) return undefined;
    const lines = text.split(/[\r\n]+/).slice(0, -1);
    const last = lines.at(-1) ?? "";
    if (RESTART.test(last)) return "reset";
    const panicked = lines.some((line) => PANIC.test(line));
    return panicked && (PANIC_END.test(last) || PANIC.test(last) || KERNEL_LINE.test(last))
      ? "panic"
      : undefined;
  }
}
