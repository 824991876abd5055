import { LayerFault } from "./layer_fault.ts";
import { MAX_RANGES } from "./sparse_map.ts";

const NEWLINE = 0x0a;
const ZERO = 0x30;

/** Reads the sparse map at the start of a member's data: decimal lines, the number of ranges first, in whole blocks. */
export class SparseMapReader {
  readonly #numbers: number[] = [];
  #value = 0;
  #hasDigits = false;
  #expected: number | undefined;

  /** Offsets and lengths in turn, once all of them were read. */
  get result(): readonly number[] | undefined {
    return this.#expected === this.#numbers.length ? this.#numbers : undefined;
  }

  /** Takes the next block; what follows the map in it is padding. */
  push(block: Uint8Array): void {
    for (const byte of block) {
      if (byte === NEWLINE && this.#hasDigits) {
        this.#take(this.#value);
        if (this.result !== undefined) return;
        this.#value = 0;
        this.#hasDigits = false;
      } else {
        const digit = byte - ZERO;
        this.#value = this.#value * 10 + digit;
        this.#hasDigits = true;
        if (digit < 0 || digit > 9 || this.#value > Number.MAX_SAFE_INTEGER) {
          throw new LayerFault("bad-sparse-map", "its sparse map is not made of decimal numbers");
        }
      }
    }
  }

  #take(value: number): void {
    if (this.#expected !== undefined) this.#numbers.push(value);
    else if (value <= MAX_RANGES) this.#expected = 2 * value;
    else throw new LayerFault("bad-sparse-map", "its sparse map has too many ranges");
  }
}
