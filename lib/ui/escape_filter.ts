const ESCAPE = 0x1d; // Ctrl-]
const QUIT = "q".charCodeAt(0);

/** Typed bytes after the filter. */
export interface FilteredInput {
  /** The bytes for the guest. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether `Ctrl-] q` was typed. Bytes after it are dropped. */
  readonly quit: boolean;
}

/**
 * Finds `Ctrl-] q` in typed bytes, however they are cut into chunks. `Ctrl-] Ctrl-]` is one `Ctrl-]` for the guest;
 * `Ctrl-]` and any other key pass unchanged.
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
