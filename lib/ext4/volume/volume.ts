import type { BlockSource } from "./block_source.ts";
import { Corrupt } from "./corrupt.ts";
import type { JournalOverlay } from "./journal_overlay.ts";
import { parseSuperblock, SUPERBLOCK_OFFSET, SUPERBLOCK_SIZE } from "./superblock.ts";
import type { Superblock } from "./superblock.ts";

/** A block in memory. */
export interface Block {
  /** Its number in the filesystem. */
  number: number;
  /** Its bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same bytes. */
  readonly view: DataView<ArrayBuffer>;
  /** The inode this block was verified for; 0 if none. */
  verifiedFor: number;
}

/** How much memory the blocks take that are kept in case they are asked for again. */
const MAX_CACHE_SIZE = 512 * 1024;

/**
 * The blocks of a filesystem, as they are after the journal was replayed.
 *
 * The blocks of metadata that were used last are kept; the bytes of files pass through.
 */
export class Volume {
  #superblock: Superblock;
  /** The blocks whose latest state is in the journal, or null if there are none. */
  #overlay: JournalOverlay | null = null;
  readonly #source: BlockSource;
  readonly #cache = new Map<number, Block>();

  /**
   * Takes a filesystem's bytes and superblock.
   *
   * @throws {Corrupt} If the source ends before the filesystem does.
   */
  constructor(source: BlockSource, superblock: Superblock) {
    this.#source = source;
    this.#superblock = superblock;
    this.#checkSize(superblock);
  }

  /** The superblock, as it is after the journal was replayed. */
  get superblock(): Superblock {
    return this.#superblock;
  }

  /** How many blocks the source has: more than the filesystem if the journal makes that larger. */
  get sourceBlocks(): number {
    return Math.floor(this.#source.size / this.#superblock.blockSize);
  }

  /**
   * Fills `buffer` from `position` on. The caller has checked that this is inside the filesystem.
   *
   * @throws {Corrupt} If the source ends first.
   */
  read(buffer: Uint8Array<ArrayBuffer>, position: number): void {
    this.#readSource(buffer, position);
    this.#overlay?.patch(buffer, position, (part, place) => this.#readSource(part, place));
  }

  /**
   * A block of metadata, which must not be changed.
   *
   * @throws {Corrupt} If there is no such block.
   */
  block(number: number): Block {
    const { blockSize } = this.superblock;
    let block = this.#cache.get(number);
    if (block !== undefined) {
      this.#cache.delete(number);
    } else {
      block = this.blockInto(this.emptyBlock(), number);
      if ((this.#cache.size + 1) * blockSize > MAX_CACHE_SIZE) {
        const [oldest] = this.#cache.keys();
        this.#cache.delete(oldest!);
      }
    }
    this.#cache.set(number, block);
    return block;
  }

  /** Memory for {@linkcode Volume.blockInto}. */
  emptyBlock(): Block {
    const bytes = new Uint8Array(this.superblock.blockSize);
    return { number: 0, bytes, view: new DataView(bytes.buffer), verifiedFor: 0 };
  }

  /**
   * Reads a block of metadata that will not be needed again soon into the memory of another one. Returns the same
   * object.
   *
   * @throws {Corrupt} If there is no such block.
   */
  blockInto(block: Block, number: number): Block {
    const { blockSize, s_blocks_count } = this.superblock;
    if (number >= s_blocks_count) {
      throw new Corrupt("image", `there are only ${s_blocks_count} blocks`, { block: number });
    }
    this.read(block.bytes, number * blockSize);
    block.number = number;
    block.verifiedFor = 0;
    return block;
  }

  /**
   * Takes over the blocks whose latest state is in the journal. The superblock may be one of them.
   *
   * @throws {Corrupt} If the superblock there is wrong, or another filesystem's.
   */
  replay(overlay: JournalOverlay): void {
    this.#overlay = overlay;
    this.#cache.clear();
    const bytes = new Uint8Array(SUPERBLOCK_SIZE);
    this.read(bytes, SUPERBLOCK_OFFSET);
    const superblock = parseSuperblock(bytes);
    if (superblock.blockSize !== this.#superblock.blockSize) {
      throw new Corrupt("superblock", "the one in the journal belongs to another filesystem");
    }
    this.#checkSize(superblock);
    this.#superblock = superblock;
  }

  /** Closes the source. */
  close(): void {
    this.#cache.clear();
    this.#source.close();
  }

  #checkSize({ s_blocks_count, blockSize }: Superblock): void {
    const size = s_blocks_count * blockSize;
    if (size <= this.#source.size) return;
    const why = `it ends at byte ${this.#source.size} of the ${size} that its superblock says`;
    throw new Corrupt("image", why);
  }

  #readSource(buffer: Uint8Array<ArrayBuffer>, position: number): void {
    const count = this.#source.readAt(buffer, position);
    if (count < buffer.length) {
      throw new Corrupt("image", `it ends before byte ${position + buffer.length}`);
    }
  }
}
