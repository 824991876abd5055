/**
 * Corrects the checksums of a damaged image, so that a reader gets past their verification.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/checksums.rst`.
 *
 * @module
 */

import { crc32c } from "../../../lib/ext4/checksum/crc32c.ts";
import type { HostileImage, Structure } from "./hostile_images.ts";

/** Signs every structure of `image` in `bytes` again, except the journal. Changes nothing in a sound image. */
export function fixChecksums(image: HostileImage, bytes: Uint8Array<ArrayBuffer>): void {
  const view = new DataView(bytes.buffer);
  const seed = view.getUint32(1024 + 96, true) & 0x2000
    ? view.getUint32(1024 + 0x270, true)
    : crc32c(0xffffffff, view, 1024 + 0x68, 1024 + 0x78);
  const seeds = new Map<number, number>();
  for (const { kind, offset, owner } of image.structures) {
    if (kind !== "inode") continue;
    const generation = crc32c(number32(seed, owner), view, offset + 0x64, offset + 0x68);
    seeds.set(owner, generation);
  }
  for (const structure of image.structures) {
    const { kind, offset, length, owner } = structure;
    const ownerSeed = seeds.get(owner) ?? 0;
    switch (kind) {
      case "inode":
        signInode(view, offset, length, ownerSeed);
        break;
      case "extents":
        signExtents(view, structure, ownerSeed);
        break;
      case "folder":
        signFolder(view, structure, ownerSeed);
        break;
      case "xattrs": {
        view.setUint32(offset + 16, 0, true);
        const block = new DataView(new ArrayBuffer(8));
        block.setBigUint64(0, BigInt(offset / image.blockSize), true);
        view.setUint32(
          offset + 16,
          crc32c(crc32c(seed, block), view, offset, offset + length),
          true,
        );
        break;
      }
      case "descriptor":
        view.setUint16(offset + 0x1e, 0, true);
        view.setUint16(
          offset + 0x1e,
          crc32c(number32(seed, owner), view, offset, offset + length) & 0xffff,
          true,
        );
        break;
      case "superblock":
        view.setUint32(offset + 1020, crc32c(0xffffffff, view, offset, offset + 1020), true);
        break;
      case "map":
      case "journal":
        break;
    }
  }
}

function number32(seed: number, value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return crc32c(seed, view);
}

function signInode(view: DataView, offset: number, length: number, seed: number): void {
  const hasHigh = length > 128 && view.getUint16(offset + 0x80, true) >= 4;
  view.setUint16(offset + 0x7c, 0, true);
  if (hasHigh) view.setUint16(offset + 0x82, 0, true);
  const checksum = crc32c(seed, view, offset, offset + length);
  view.setUint16(offset + 0x7c, checksum & 0xffff, true);
  if (hasHigh) view.setUint16(offset + 0x82, checksum >>> 16, true);
}

function signExtents(view: DataView, { offset, length }: Structure, seed: number): void {
  const tail = 12 + 12 * view.getUint16(offset + 4, true);
  if (tail + 4 > length) return;
  view.setUint32(offset + tail, crc32c(seed, view, offset, offset + tail), true);
}

/** A leaf ends with a false entry of 12 bytes; an index's checksum follows its last possible entry. */
function signFolder(view: DataView, { offset, length }: Structure, seed: number): void {
  const end = offset + length;
  if (view.getUint16(end - 8, true) === 12 && view.getUint8(end - 5) === 0xde) {
    view.setUint32(end - 4, crc32c(seed, view, offset, end - 12), true);
    return;
  }
  const counts = view.getUint16(offset + 4, true) === 12 ? 0x20 : 8;
  const limit = view.getUint16(offset + counts, true);
  const count = view.getUint16(offset + counts + 2, true);
  const tail = counts + limit * 8;
  if (tail + 8 > length || count > limit) return;
  const zero = new DataView(new ArrayBuffer(4));
  const entries = crc32c(seed, view, offset, offset + counts + count * 8);
  const reserved = crc32c(entries, view, offset + tail, offset + tail + 4);
  view.setUint32(offset + tail + 4, crc32c(reserved, zero), true);
}
