import { LayerFault } from "./layer_fault.ts";
import { tarNumber } from "./tar_number.ts";
import type { TarDataRange } from "./tar_header.ts";

/** How many ranges a sparse file may have: what GNU tar writes of the worst file that fits an extended header. */
export const MAX_RANGES = 1 << 18;

/**
 * Reads entries of an old GNU sparse map.
 *
 * @param block Where they are.
 * @param at The offset of the first one.
 * @param count How many there can be.
 * @param map Takes offsets and lengths in turn.
 * @returns Whether another block of them follows.
 */
export function oldSparseEntries(
  block: Uint8Array,
  at: number,
  count: number,
  map: number[],
): boolean {
  for (let i = 0; i < count; i++) {
    const entry = at + i * 24;
    if (block[entry + 12] === 0) break;
    map.push(tarNumber(block, entry, 12), tarNumber(block, entry + 12, 12));
  }
  if (map.length > 2 * MAX_RANGES) {
    throw new LayerFault("bad-sparse-map", "its sparse map has too many ranges");
  }
  return block[at + count * 24] !== 0;
}

/**
 * Makes ranges of a sparse map.
 *
 * @param map Offsets and lengths in turn.
 * @param size The file's size.
 * @param stored The size of its data in the archive.
 * @returns The ranges that are not empty.
 */
export function checkSparseMap(
  map: readonly number[],
  size: number,
  stored: number,
): TarDataRange[] {
  const refuse = (what: string) => new LayerFault("bad-sparse-map", `its sparse map ${what}`);
  if (map.length % 2 !== 0) throw refuse("has an offset without a length");
  if (map.length > 2 * MAX_RANGES) throw refuse("has too many ranges");
  if (!(size >= 0)) throw refuse("is for a file of a negative size");
  const ranges: TarDataRange[] = [];
  let end = 0;
  let total = 0;
  for (let i = 0; i < map.length; i += 2) {
    const offset = map[i]!;
    const length = map[i + 1]!;
    if (length < 0 || offset < end || offset + length > size) {
      throw refuse("has ranges out of order or outside the file");
    }
    end = offset + length;
    total += length;
    if (length > 0) ranges.push({ offset, length });
  }
  if (total !== stored) throw refuse("does not describe as much data as there is");
  return ranges;
}
