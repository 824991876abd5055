import type { BlockAllocator } from "./block_allocator.ts";
import type { BlockOutput } from "./block_output.ts";
import type { DataRange } from "../content/content.ts";
import type { Run } from "../content/run.ts";

const BLOCK_SIZE = 4096;

/** A piece of the image that is to be filled. */
interface Piece {
  readonly position: number;
  readonly length: number;
  /** Whether the file's bytes go there, not zeros. */
  readonly isData: boolean;
}

/** Writes the content of one file after the other into blocks that it chooses. */
export class FileContent {
  readonly #allocator: BlockAllocator;
  readonly #output: BlockOutput;
  /** How many bytes are missing in the current piece, and how many zeros follow it. */
  #left = 0;
  #zerosAfter = 0;
  /** The pieces after it. */
  #pieces: Piece[] = [];
  #nextPiece = 0;

  /** Takes blocks from an allocator, and writes them to an output. */
  constructor(allocator: BlockAllocator, output: BlockOutput) {
    this.#allocator = allocator;
    this.#output = output;
  }

  /** Whether the file has all its bytes. */
  get isComplete(): boolean {
    return this.#left === 0;
  }

  /** Starts a file in one run without holes. The answer is its first block, or -1 if there is no such run. */
  beginWhole(size: number): number {
    const blocks = Math.ceil(size / BLOCK_SIZE);
    const start = this.#allocator.take(blocks);
    if (start < 0) return -1;
    this.#output.seek(start * BLOCK_SIZE);
    this.#left = size;
    this.#zerosAfter = blocks * BLOCK_SIZE - size;
    return start;
  }

  /**
   * Starts a file that has bytes only in these ranges, which ascend. The answer is its runs; undefined if there are not
   * enough blocks.
   */
  begin(ranges: readonly DataRange[]): Run[] | undefined {
    const wanted: { start: number; end: number }[] = [];
    let count = 0;
    for (const { offset, length } of ranges) {
      if (length === 0) continue;
      const start = Math.floor(offset / BLOCK_SIZE);
      const end = Math.ceil((offset + length) / BLOCK_SIZE);
      const last = wanted.at(-1);
      if (last !== undefined && start <= last.end) {
        count += end - last.end;
        last.end = end;
      } else {
        count += end - start;
        wanted.push({ start, end });
      }
    }
    if (count === 0) return [];
    const free = this.#allocator.takeRuns(count);
    if (free === undefined) return;
    const runs: Run[] = [];
    let taken = 0;
    let index = 0;
    for (const { start, end } of wanted) {
      for (let logical = start; logical < end;) {
        const run = free[index]!;
        const length = Math.min(end - logical, run.length - taken);
        runs.push({ logical, physical: run.start + taken, length });
        logical += length;
        taken += length;
        if (taken === run.length) {
          taken = 0;
          index++;
        }
      }
    }
    this.#pieces = [...piecesOf(runs, ranges)];
    this.#nextPiece = 0;
    this.#advance();
    return runs;
  }

  /** Takes the next bytes of the file, and says how many of them are too many. */
  write(bytes: Uint8Array): number {
    for (let done = 0; done < bytes.length;) {
      if (this.#left === 0) return bytes.length - done;
      const count = Math.min(this.#left, bytes.length - done);
      this.#output.write(count === bytes.length ? bytes : bytes.subarray(done, done + count));
      done += count;
      this.#left -= count;
      if (this.#left === 0) this.#advance();
    }
    return 0;
  }

  /** Goes on with the next piece that takes the file's bytes. */
  #advance(): void {
    if (this.#zerosAfter > 0) {
      this.#output.zeros(this.#zerosAfter);
      this.#zerosAfter = 0;
    }
    while (this.#nextPiece < this.#pieces.length) {
      const { position, length, isData } = this.#pieces[this.#nextPiece++]!;
      this.#output.seek(position);
      if (isData) {
        this.#left = length;
        return;
      }
      this.#output.zeros(length);
    }
    this.#pieces = [];
    this.#nextPiece = 0;
  }
}

/** The pieces of the runs of a file that has bytes in these ranges. */
function* piecesOf(runs: readonly Run[], ranges: readonly DataRange[]): Generator<Piece> {
  let index = 0;
  for (const { logical, physical, length } of runs) {
    const shift = (physical - logical) * BLOCK_SIZE;
    const end = (logical + length) * BLOCK_SIZE;
    for (let position = logical * BLOCK_SIZE; position < end;) {
      let range = ranges[index];
      while (range !== undefined && range.offset + range.length <= position) {
        range = ranges[++index];
      }
      const isData = range !== undefined && range.offset <= position;
      const pieceEnd = range === undefined
        ? end
        : Math.min(end, isData ? range.offset + range.length : range.offset);
      yield { position: position + shift, length: pieceEnd - position, isData };
      position = pieceEnd;
    }
  }
}
