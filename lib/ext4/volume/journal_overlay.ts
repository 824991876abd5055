/**
 * Finds the latest state of blocks that were written to the journal but not yet to their place.
 *
 * Only positions are kept: the bytes stay in the journal until they are asked for.
 */
export class JournalOverlay {
  readonly #blockSize: number;
  /** From a block's number to twice the number of the block with its bytes, plus one if those are escaped. */
  readonly #copies = new Map<number, number>();

  constructor(blockSize: number) {
    this.#blockSize = blockSize;
  }

  /**
   * Says that the latest state of a block is in the block `copy`, inside the journal. `escaped` says that its first
   * four bytes were replaced by zeros because they look like those of a journal block.
   */
  set(block: number, copy: number, escaped: boolean): void {
    this.#copies.set(block, copy * 2 + (escaped ? 1 : 0));
  }

  /**
   * Puts the latest state over bytes that were read at `position`. `read` reads the filesystem as it is on the disk.
   */
  patch(
    buffer: Uint8Array<ArrayBuffer>,
    position: number,
    read: (buffer: Uint8Array<ArrayBuffer>, position: number) => void,
  ): void {
    const blockSize = this.#blockSize;
    const end = position + buffer.length;
    for (let block = Math.floor(position / blockSize); block * blockSize < end; block++) {
      const copy = this.#copies.get(block);
      if (copy === undefined) continue;
      const start = block * blockSize;
      const from = Math.max(start, position);
      const part = buffer.subarray(from - position, Math.min(start + blockSize, end) - position);
      read(part, Math.floor(copy / 2) * blockSize + (from - start));
      if (copy % 2 === 1) restoreMagic(part, from - start);
    }
  }
}

/** The first four bytes of a journal block, which an escaped block has lost. */
const MAGIC = [0xc0, 0x3b, 0x39, 0x98];

function restoreMagic(part: Uint8Array, offset: number): void {
  for (let index = offset; index < MAGIC.length && index - offset < part.length; index++) {
    part[index - offset] = MAGIC[index]!;
  }
}
