import { createHash, type Hash } from "node:crypto";

const BLOCK = 4096;
/** How much of the SHA-256 is kept: nobody can find another content for a given 128 bits. */
export const DIGEST_SIZE = 16;

/**
 * The digest of a file's content, the same whether a part that is zero comes as bytes or is a hole.
 *
 * It is the beginning of the SHA-256 of the blocks of 4 KiB that are not all zero. Where any are, the SHA-256 of the
 * others' places follows, and the digest is that of both. Of a file that is all zero the digest is zero.
 */
export class ContentDigest {
  #data: Hash | undefined;
  #places: Hash | undefined;
  /** Where the current run of blocks that are not zero began, and where it ends. */
  #runStart = 0;
  #runEnd = 0;
  /** A block whose bytes have not all come. */
  readonly #block = new Uint8Array(BLOCK);
  /** How far the file has come. */
  #offset = 0;

  /** Takes the bytes from `offset` on, which is not before the end of those that came before. */
  update(offset: number, bytes: Uint8Array): void {
    if (offset > this.#offset) this.#skip(offset);
    let at = 0;
    const filled = this.#offset % BLOCK;
    if (filled > 0) {
      at = Math.min(BLOCK - filled, bytes.length);
      this.#block.set(bytes.subarray(0, at), filled);
      this.#offset += at;
      if (this.#offset % BLOCK > 0) return;
      this.#take(this.#block, this.#offset - BLOCK);
    }
    const whole = at + (bytes.length - at - (bytes.length - at) % BLOCK);
    for (let start = at; start < whole;) {
      if (isZero(bytes, start, start + BLOCK)) {
        start += BLOCK;
        continue;
      }
      let end = start + BLOCK;
      while (end < whole && !isZero(bytes, end, end + BLOCK)) end += BLOCK;
      this.#take(bytes.subarray(start, end), this.#offset + start - at, true);
      start = end;
    }
    this.#offset += bytes.length - at;
    this.#block.set(bytes.subarray(whole));
  }

  /** Ends the file, which has `size` bytes, writes its digest to `target` from `start` on, and begins the next file. */
  end(size: number, target: Uint8Array, start: number): void {
    if (size > this.#offset) this.#skip(size);
    const filled = this.#offset % BLOCK;
    if (filled > 0) this.#take(this.#block.subarray(0, filled), this.#offset - filled);
    const data = this.#data;
    if (data === undefined) {
      target.fill(0, start, start + DIGEST_SIZE);
    } else {
      let digest = data.digest();
      if (this.#places !== undefined || this.#runStart > 0) {
        const places = this.#endRun().digest();
        digest = createHash("sha256").update(digest).update(places).digest();
      }
      target.set(digest.subarray(0, DIGEST_SIZE), start);
    }
    this.#data = this.#places = undefined;
    this.#runStart = this.#runEnd = this.#offset = 0;
  }

  /** Goes on to `offset`; what is between is zero. */
  #skip(offset: number): void {
    const filled = this.#offset % BLOCK;
    if (filled > 0) {
      const blockEnd = this.#offset - filled + BLOCK;
      this.#block.fill(0, filled);
      if (offset < blockEnd) {
        this.#offset = offset;
        return;
      }
      this.#take(this.#block, blockEnd - BLOCK);
    }
    this.#block.fill(0);
    this.#offset = offset;
  }

  /** Takes whole blocks, or the last one, that begin at `place`. */
  #take(blocks: Uint8Array, place: number, isFull = false): void {
    if (!isFull && isZero(blocks, 0, blocks.length)) return;
    if (this.#data === undefined) {
      this.#data = createHash("sha256");
      this.#runStart = place;
    } else if (place !== this.#runEnd) {
      this.#endRun();
      this.#runStart = place;
    }
    this.#runEnd = place + blocks.length;
    this.#data.update(blocks);
  }

  #endRun(): Hash {
    const run = new Float64Array([this.#runStart, this.#runEnd]);
    return (this.#places ??= createHash("sha256")).update(new Uint8Array(run.buffer));
  }
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  // Nearly every block says so at once.
  if (bytes[start] !== 0) return false;
  const address = bytes.byteOffset + start;
  if (address % 4 === 0 && (end - start) % 4 === 0) {
    const words = new Uint32Array(bytes.buffer, address, (end - start) / 4);
    for (let at = 0; at < words.length; at++) if (words[at] !== 0) return false;
    return true;
  }
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return false;
  return true;
}
