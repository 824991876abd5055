import { crc16 } from "../checksum/crc16.ts";
import { crc32c } from "../checksum/crc32c.ts";
import { descriptorChecksum } from "../inode/group_descriptor.ts";
import { RO_COMPAT_GDT_CSUM, RO_COMPAT_METADATA_CSUM } from "../volume/features.ts";
import { clearBits, setBits } from "./bitmap.ts";
import { LAST_RESERVED_INO, ROOT, S_IFDIR, S_IFMT, S_IFREG } from "./file_tree.ts";
import { BLOCK_SIZE, BLOCKS_PER_GROUP, blocksOfGroup, type Geometry } from "./geometry.ts";
import type { GroupPlaces } from "./group_tables.ts";
import type { UnfinishedImage } from "./unfinished_image.ts";

const BG_INODE_UNINIT = 1;
const BG_BLOCK_UNINIT = 2;
const BG_INODE_ZEROED = 4;

/**
 * Writes the bitmaps of groups that are in use, and the descriptors of all groups.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/group_descr.rst` and `bitmaps.rst`.
 *
 * @param seed The seed of the checksums of metadata.
 * @returns How much is left.
 */
export function writeGroups(
  { allocator, output, hasChecksums, uuid, tree: { inodes } }: UnfinishedImage,
  seed: number,
  geometry: Geometry,
  places: GroupPlaces,
): { readonly freeBlocks: number; readonly freeInodes: number } {
  const { groups, blocks, inodesPerGroup, descriptorSize, is64Bit } = geometry;
  const free = allocator.freeRuns();
  const { end } = allocator;
  const descriptors = new DataView(new ArrayBuffer(geometry.descriptorBlocks * BLOCK_SIZE));
  const checksums = {
    descriptorSize,
    hasMetadataChecksums: hasChecksums,
    checksumSeed: seed,
    descriptorChecksumSeed: crc16(0xffff, new DataView(uuid.buffer)),
    s_feature_ro_compat: hasChecksums ? RO_COMPAT_METADATA_CSUM : RO_COMPAT_GDT_CSUM,
  };
  const lastIno = inodes.length + LAST_RESERVED_INO - 1;
  const bitmap = new Uint8Array(BLOCK_SIZE);
  const bitmapView = new DataView(bitmap.buffer);
  const write = (block: number): void => {
    output.seek(block * BLOCK_SIZE);
    output.write(bitmap);
  };
  let nextFree = 0;
  let freeBlocks = 0;
  let freeInodes = 0;
  for (let group = 0; group < groups; group++) {
    const { blockBitmap, inodeBitmap, inodeTable } = places.of(group);
    const offset = group * descriptorSize;
    const groupStart = group * BLOCKS_PER_GROUP;
    const size = Math.min(BLOCKS_PER_GROUP, blocks - groupStart);
    const isUsed = group < places.used;
    const hasOwnTables = blockBitmap === groupStart;
    let flags = BG_INODE_ZEROED;
    let blocksLeft = size - (hasOwnTables && !isUsed ? blocksOfGroup(geometry) : 0);
    let blockChecksum = 0;
    if (isUsed || group === groups - 1) {
      bitmap.fill(0);
      setBits(bitmap, 0, Math.min(Math.max(end - groupStart, 0), size));
      if (!isUsed && hasOwnTables) setBits(bitmap, 0, blocksOfGroup(geometry));
      blocksLeft = isUsed ? size - Math.min(Math.max(end - groupStart, 0), size) : blocksLeft;
      for (; nextFree < free.length; nextFree++) {
        const run = free[nextFree]!;
        if (run.start >= groupStart + size) break;
        const from = Math.max(run.start - groupStart, 0);
        const to = Math.min(run.start + run.length - groupStart, size);
        clearBits(bitmap, from, to);
        blocksLeft += to - from;
        if (run.start + run.length > groupStart + size) break;
      }
      setBits(bitmap, size, BLOCKS_PER_GROUP);
      write(blockBitmap);
      if (hasChecksums) blockChecksum = crc32c(seed, bitmapView);
    } else {
      flags |= BG_BLOCK_UNINIT;
    }
    const firstIno = group * inodesPerGroup + 1;
    const inodeCount = Math.min(Math.max(lastIno + 1 - firstIno, 0), inodesPerGroup);
    let inodesLeft = inodesPerGroup;
    let folders = 0;
    let inodeChecksum = 0;
    if (inodeCount > 0) {
      bitmap.fill(0);
      for (let index = 0; index < inodeCount; index++) {
        const ino = firstIno + index;
        const mode = ino === 2
          ? inodes.mode[ROOT]!
          : ino <= LAST_RESERVED_INO
          ? S_IFREG
          : inodes.mode[ino - LAST_RESERVED_INO]!;
        if (mode === 0) continue;
        bitmap[index >>> 3]! |= 1 << (index & 7);
        inodesLeft--;
        if ((mode & S_IFMT) === S_IFDIR) folders++;
      }
      setBits(bitmap, inodesPerGroup, 8 * BLOCK_SIZE);
      write(inodeBitmap);
      if (hasChecksums) inodeChecksum = crc32c(seed, bitmapView, 0, inodesPerGroup / 8);
    } else {
      flags |= BG_INODE_UNINIT;
    }
    const unused = inodesPerGroup - inodeCount;
    freeBlocks += blocksLeft;
    freeInodes += inodesLeft;
    const fields = {
      ...{ blockBitmap, inodeBitmap, inodeTable, flags, blocksLeft, inodesLeft, folders },
      ...{ blockChecksum, inodeChecksum, unused },
    };
    encodeDescriptor(fields, is64Bit, descriptors, offset);
    const checksum = descriptorChecksum(descriptors, offset, group, checksums);
    descriptors.setUint16(offset + 0x1e, checksum!, true);
  }
  output.seek(BLOCK_SIZE);
  output.write(new Uint8Array(descriptors.buffer));
  return { freeBlocks, freeInodes };
}

/** What a group's descriptor says. */
interface GroupFields {
  /** Where the tables are: numbers of blocks. */
  readonly blockBitmap: number;
  readonly inodeBitmap: number;
  readonly inodeTable: number;
  readonly flags: number;
  /** How many blocks and inodes are free, and how many of the others are folders. */
  readonly blocksLeft: number;
  readonly inodesLeft: number;
  readonly folders: number;
  /** The checksums of the bitmaps. */
  readonly blockChecksum: number;
  readonly inodeChecksum: number;
  /** How many inodes at the end of the table were never used. */
  readonly unused: number;
}

function encodeDescriptor(
  fields: GroupFields,
  is64Bit: boolean,
  view: DataView<ArrayBuffer>,
  offset: number,
): void {
  const { blockBitmap, inodeBitmap, inodeTable, blockChecksum, inodeChecksum } = fields;
  view.setUint32(offset, blockBitmap % 2 ** 32, true);
  view.setUint32(offset + 0x4, inodeBitmap % 2 ** 32, true);
  view.setUint32(offset + 0x8, inodeTable % 2 ** 32, true);
  view.setUint16(offset + 0xc, fields.blocksLeft, true);
  view.setUint16(offset + 0xe, fields.inodesLeft, true);
  view.setUint16(offset + 0x10, fields.folders, true);
  view.setUint16(offset + 0x12, fields.flags, true);
  view.setUint16(offset + 0x18, blockChecksum, true);
  view.setUint16(offset + 0x1a, inodeChecksum, true);
  view.setUint16(offset + 0x1c, fields.unused, true);
  if (!is64Bit) return;
  view.setUint32(offset + 0x20, Math.floor(blockBitmap / 2 ** 32), true);
  view.setUint32(offset + 0x24, Math.floor(inodeBitmap / 2 ** 32), true);
  view.setUint32(offset + 0x28, Math.floor(inodeTable / 2 ** 32), true);
  view.setUint16(offset + 0x38, blockChecksum >>> 16, true);
  view.setUint16(offset + 0x3a, inodeChecksum >>> 16, true);
}
