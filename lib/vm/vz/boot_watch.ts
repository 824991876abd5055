import type { BootMark } from "../machine.ts";

/** More than any line that marks a boot has, in characters. */
const MAX_LINE = 256;

/** Notices that a guest boots for the second time, by what it writes to a port. */
export class BootWatch {
  readonly #line: RegExp;
  readonly #decoder = new TextDecoder();
  #rest = "";
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
   * @returns Whether they tell of another boot than those before.
   */
  push(bytes: Uint8Array<ArrayBuffer>): boolean {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = lines.pop()!.slice(0, MAX_LINE);
    return lines.map((line) => this.#isOther(line)).includes(true);
  }

  #isOther(line: string): boolean {
    const [, boot] = this.#line.exec(line) ?? [];
    if (boot === undefined) return false;
    this.#boot ??= boot;
    return boot !== this.#boot;
  }
}
