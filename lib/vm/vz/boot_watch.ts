import { LineSplitter } from "../../host/mod.ts";
import type { BootMark } from "../machine.ts";

/** Longer than any line that marks a boot, in characters. */
const MAX_LINE_LENGTH = 256;

/** Notices that a guest boots for the second time, from what it writes to a port. */
export class BootWatch {
  readonly #line: RegExp;
  readonly #lines = new LineSplitter(MAX_LINE_LENGTH);
  #boot: string | undefined;

  /**
   * Begins with a machine that has not been started.
   *
   * @param mark What each boot writes.
   */
  constructor({ line }: BootMark) {
    this.#line = line;
  }

  /**
   * Takes the next bytes of the port.
   *
   * @param bytes As they came, cut anywhere.
   * @returns Whether they belong to another boot than those before.
   */
  push(bytes: Uint8Array<ArrayBuffer>): boolean {
    return this.#lines.push(bytes).map((line) => this.#isOther(line)).includes(true);
  }

  #isOther(line: string): boolean {
    const [, boot] = this.#line.exec(line) ?? [];
    if (boot === undefined) return false;
    this.#boot ??= boot;
    return boot !== this.#boot;
  }
}
