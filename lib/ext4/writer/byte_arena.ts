import { grown, nextLength } from "./columns.ts";

/** Bytes that are kept one after the other in one piece of memory: an object for each name would take far more. */
export class ByteArena {
  /** The memory; another one once {@linkcode add} had to make room. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1 << 16);
  #length = 0;

  /** Keeps a copy of some bytes, and says where it starts. */
  add(bytes: Uint8Array): number {
    const start = this.#length;
    const end = start + bytes.length;
    if (end > this.bytes.length) {
      this.bytes = grown(this.bytes, Math.max(end, nextLength(this.bytes.length)));
    }
    this.bytes.set(bytes, start);
    this.#length = end;
    return start;
  }
}
