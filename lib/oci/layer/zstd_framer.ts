import { LayerFault } from "./layer_fault.ts";

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAX_FRAME_HEADER_SIZE = 18;
/** What `zstd` unpacks without being told to, 128 MiB; `zstd --ultra -22` takes no more. */
const MAX_WINDOW = 1 << 27;
const MAX_BLOCK_SIZE = 1 << 17;
const BLOCK_TYPE_RLE = 1;
const BLOCK_TYPE_RESERVED = 3;
const CHECKSUM_SIZE = 4;

const enum State {
  Magic,
  SkippableSize,
  Skippable,
  FrameHeader,
  BlockHeader,
  Block,
  Checksum,
}

/**
 * Finds the blocks and frames of Zstandard data (RFC 8878), and leaves out what is no frame.
 *
 * Deno's decoder (2.7 to 2.9) needs to be told: it forgets what follows the end of a frame in the same piece, takes data
 * that is cut short for whole, and where a piece's output fills a buffer, an error behind it ends the thread.
 */
export class ZstdFramer {
  #state = State.Magic;
  /** A magic number or a header whose bytes may come in several pieces. */
  readonly #header = new Uint8Array(MAX_FRAME_HEADER_SIZE);
  #filled = 0;
  #needed = 4;
  /** How much of a block, a checksum or a skippable frame is still to come. */
  #left = 0;
  #isLast = false;
  #hasChecksum = false;
  /** Whether a block, or a frame's checksum, ends with the last piece. */
  isAtBlockEnd = false;
  /** Whether a frame ends with it. */
  isAtFrameEnd = false;

  /**
   * Takes the next bytes.
   *
   * @returns Pieces for the decoder.
   * @throws {LayerFault} If they are not Zstandard data.
   */
  *push(bytes: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>, void> {
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === State.Skippable) {
        const length = Math.min(this.#left, bytes.length - at);
        at += length;
        this.#left -= length;
        if (this.#left === 0) this.#expect(State.Magic, 4);
      } else if (this.#state === State.Block || this.#state === State.Checksum) {
        const piece = bytes.subarray(at, at + Math.min(this.#left, bytes.length - at));
        at += piece.length;
        this.#left -= piece.length;
        this.#afterBytes();
        yield piece;
      } else {
        this.#header[this.#filled++] = bytes[at++]!;
        if (this.#filled < this.#needed) continue;
        const piece = this.#takeHeader();
        if (piece === undefined) continue;
        // An empty block is its header.
        this.#afterBytes();
        yield piece;
      }
    }
  }

  /**
   * Ends the data.
   *
   * @throws {LayerFault} If it is cut short.
   */
  end(): void {
    if (this.#state !== State.Magic || this.#filled > 0) throw damaged("is cut short");
  }

  #expect(state: State, needed: number): void {
    this.#state = state;
    this.#filled = 0;
    this.#needed = needed;
  }

  #afterBytes(): void {
    const isBlock = this.#state === State.Block;
    const isOver = (isBlock || this.#state === State.Checksum) && this.#left === 0;
    this.isAtBlockEnd = isOver;
    this.isAtFrameEnd = isOver && (!isBlock || this.#isLast && !this.#hasChecksum);
    if (!isOver) return;
    if (this.isAtFrameEnd) {
      this.#expect(State.Magic, 4);
    } else if (this.#isLast) {
      this.#state = State.Checksum;
      this.#left = CHECKSUM_SIZE;
    } else {
      this.#expect(State.BlockHeader, 3);
    }
  }

  /** Takes what is complete of a header, and gives it if it is for the decoder. */
  #takeHeader(): Uint8Array<ArrayBuffer> | undefined {
    const view = new DataView(this.#header.buffer);
    switch (this.#state) {
      case State.Magic: {
        const magic = view.getUint32(0, true);
        if (magic === FRAME_MAGIC) {
          // The descriptor says how long the rest is.
          this.#state = State.FrameHeader;
          this.#needed = 5;
        } else if (magic - magic % 16 === SKIPPABLE_MAGIC) {
          this.#expect(State.SkippableSize, 4);
        } else {
          throw damaged("has bytes between or behind its frames that are no frame");
        }
        return undefined;
      }
      case State.SkippableSize:
        this.#left = view.getUint32(0, true);
        if (this.#left === 0) this.#expect(State.Magic, 4);
        else this.#state = State.Skippable;
        return undefined;
      case State.FrameHeader: {
        const descriptor = view.getUint8(4);
        const isSingleSegment = (descriptor & 0x20) !== 0;
        const dictionaryIdSize = [0, 1, 2, 4][descriptor & 3]!;
        const contentSizeFlag = descriptor >> 6;
        const contentSizeSize = contentSizeFlag === 0
          ? Number(isSingleSegment)
          : 2 ** contentSizeFlag;
        this.#needed = 5 + Number(!isSingleSegment) + dictionaryIdSize + contentSizeSize;
        if (this.#filled < this.#needed) return undefined;
        const window = isSingleSegment
          ? contentSize(view, 5 + dictionaryIdSize, contentSizeSize)
          : windowSize(view.getUint8(5));
        if (window > MAX_WINDOW) {
          throw new LayerFault("zstd-window", `its zstd data needs a window of ${window} bytes`);
        }
        this.#hasChecksum = (descriptor & 4) !== 0;
        const header = this.#header.slice(0, this.#needed);
        this.#expect(State.BlockHeader, 3);
        return header;
      }
      case State.BlockHeader: {
        const header = this.#header[0]! | this.#header[1]! << 8 | this.#header[2]! << 16;
        const type = header >> 1 & 3;
        const size = header >> 3;
        if (size > MAX_BLOCK_SIZE || type === BLOCK_TYPE_RESERVED) {
          throw damaged("has a block that cannot be one");
        }
        this.#isLast = (header & 1) !== 0;
        this.#state = State.Block;
        this.#left = type === BLOCK_TYPE_RLE ? 1 : size;
        return this.#header.slice(0, 3);
      }
      default:
        return undefined;
    }
  }
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + base / 8 * (descriptor & 7);
}

function contentSize(view: DataView, at: number, size: number): number {
  switch (size) {
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at, true) + 256;
    case 4:
      return view.getUint32(at, true);
    default:
      return Number(view.getBigUint64(at, true));
  }
}

function damaged(what: string): LayerFault {
  return new LayerFault("zstd-damaged", `its zstd data ${what}`);
}
