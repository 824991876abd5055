import { Corrupt } from "../volume/corrupt.ts";
import type { Inode } from "../inode/inode.ts";
import { NumberSet } from "./number_set.ts";
import type { Run } from "./run.ts";
import type { Volume } from "../volume/volume.ts";

/** How many pointers of `i_block` lead to data itself; the three after them lead to blocks of pointers. */
const DIRECT = 12;

/**
 * The runs of blocks with data of a file that is mapped by direct and indirect blocks, as in ext2 and ext3. They come
 * in the order of the file and start with the one that holds or follows the file's block `from`.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/ifork.rst`, "Direct/Indirect Block Addressing".
 *
 * @throws {Corrupt} If a pointer leads out of the filesystem.
 */
export function* blockMapRuns(volume: Volume, inode: Inode, from: number): Generator<Run> {
  const { ino } = inode.info;
  const perBlock = volume.superblock.blockSize / 4;
  const seen = new NumberSet();
  yield* pointerRuns(volume, ino, seen, inode.i_block, DIRECT, 0, 0, from);
  let logical = DIRECT;
  for (let depth = 1; depth <= 3; depth++) {
    const root = new DataView(
      inode.i_block.buffer,
      inode.i_block.byteOffset + 4 * (DIRECT + depth - 1),
    );
    yield* pointerRuns(volume, ino, seen, root, 1, depth, logical, from);
    logical += perBlock ** depth;
  }
}

/**
 * The runs below the first `count` pointers of a block, each of which has `depth` levels of pointers below it. A block
 * of pointers that was `seen` before is an error: such a map could lead around forever.
 */
function* pointerRuns(
  volume: Volume,
  ino: number,
  seen: NumberSet,
  pointers: DataView,
  count: number,
  depth: number,
  start: number,
  from: number,
): Generator<Run> {
  const { blockSize, s_first_data_block, s_blocks_count } = volume.superblock;
  const perBlock = blockSize / 4;
  const span = perBlock ** depth;
  let run: { logical: number; physical: number; length: number } | null = null;
  for (let index = 0; index < count; index++) {
    const logical = start + index * span;
    if (logical + span <= from) continue;
    const pointer = pointers.getUint32(4 * index, true);
    if (run !== null && pointer !== run.physical + run.length) {
      yield run;
      run = null;
    }
    if (pointer === 0) continue;
    if (pointer <= s_first_data_block || pointer >= s_blocks_count) {
      throw new Corrupt("block map", `block ${pointer} is outside the filesystem`, { inode: ino });
    }
    if (depth > 0) {
      if (!seen.add(pointer)) {
        throw new Corrupt("block map", "a block of pointers is there twice", {
          inode: ino,
          block: pointer,
        });
      }
      const { view } = volume.block(pointer);
      yield* pointerRuns(volume, ino, seen, view, perBlock, depth - 1, logical, from);
    } else if (run === null) {
      run = { logical, physical: pointer, length: 1 };
    } else {
      run.length++;
    }
  }
  if (run !== null) yield run;
}
