const ESCAPE = 0x1d; // Ctrl-]
const QUIT = "q".charCodeAt(0);

/** What became of typed bytes. */
export interface FilteredInput {
  /** What the guest gets. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether `Ctrl-] q` was typed; what came behind it is dropped. */
  readonly quit: boolean;
}

/**
 * Finds `Ctrl-] q` in what is typed, whatever the chunks. `Ctrl-] Ctrl-]` is a `Ctrl-]` for the guest; `Ctrl-]` and
 * anything else are passed on as they are.
 */
export class EscapeFilter {
  #escaped = false;

  /** Takes the next typed bytes. */
  push(typed: Uint8Array): FilteredInput {
    const bytes: number[] = [];
    for (const byte of typed) {
      if (!this.#escaped && byte === ESCAPE) {
        this.#escaped = true;
      } else if (!this.#escaped) {
        bytes.push(byte);
      } else {
        this.#escaped = false;
        if (byte === QUIT) return { bytes: new Uint8Array(bytes), quit: true };
        if (byte !== ESCAPE) bytes.push(ESCAPE);
        bytes.push(byte);
      }
    }
    return { bytes: new Uint8Array(bytes), quit: false };
  }
}
