import { blockMapRuns } from "./block_map.ts";
import { Corrupt } from "../volume/corrupt.ts";
import { extentRuns } from "./extent_tree.ts";
import { EXT4_EXTENTS_FL } from "../inode/inode_fields.ts";
import type { Inode } from "../inode/inode.ts";
import type { Run } from "./run.ts";
import type { Volume } from "../volume/volume.ts";

/**
 * The runs of blocks with data of a file whose content is in blocks, from the file's block `from` up to, but without,
 * `end`. They come in the order of the file, cut to that part, and runs that touch in the file and in the filesystem
 * are joined. Between them are holes, and blocks that were allocated but never written.
 *
 * @throws {Corrupt} If the map is wrong.
 */
export function* fileRuns(
  volume: Volume,
  inode: Inode,
  from: number,
  end: number,
): Generator<Run> {
  const isExtents = (inode.info.flags & EXT4_EXTENTS_FL) !== 0;
  const runs = isExtents ? extentRuns(volume, inode, from) : blockMapRuns(volume, inode, from);
  const { s_blocks_count } = volume.superblock;
  let mapped = 0;
  let joined = null as Run | null;
  for (const run of runs) {
    if (run.logical >= end) break;
    mapped += run.length;
    // No two blocks of a file share a place, so a longer map leads to the same blocks again and again.
    if (mapped > s_blocks_count) {
      const kind = isExtents ? "extent tree" : "block map";
      throw new Corrupt(kind, "it has more blocks than the filesystem", { inode: inode.info.ino });
    }
    if (joined === null) {
      joined = run;
    } else if (
      run.logical === joined.logical + joined.length &&
      run.physical === joined.physical + joined.length
    ) {
      const { logical, physical, length } = joined;
      joined = { logical, physical, length: length + run.length };
    } else {
      yield cut(joined, from, end);
      joined = run;
    }
  }
  if (joined !== null) yield cut(joined, from, end);
}

function cut(run: Run, from: number, end: number): Run {
  const logical = Math.max(run.logical, from);
  const skipped = logical - run.logical;
  const length = Math.min(run.length - skipped, end - logical);
  return { logical, physical: run.physical + skipped, length };
}
