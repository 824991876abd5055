/**
 * Damage that chance does not find: small images that promise endless work.
 *
 * @module
 */

import type { HostileImage, Structure } from "./hostile_images.ts";

/** An image as an attacker would make it. */
export interface CraftedImage {
  readonly name: string;
  /** Which of the images it starts from. */
  readonly base: string;
  /** What the attacker does. */
  readonly craft: (image: HostileImage, bytes: Uint8Array<ArrayBuffer>) => void;
}

/** The images. */
export const CRAFTED_IMAGES: readonly CraftedImage[] = [
  {
    name: "a file whose block map is its own child",
    base: "ext2",
    craft: (image, bytes) => {
      const { view, inode, spare } = open(
        image,
        bytes,
        ({ mode, size }) => mode >> 12 === 8 && size > 3000,
      );
      fillWithPointers(view, spare, image.blockSize, [spare, spare, spare]);
      view.setUint32(inode + 40 + 14 * 4, spare, true);
      setSize(view, inode, 2 ** 34);
    },
  },
  ...[false, true].map((hasNames): CraftedImage => ({
    name: `a folder that is one block ${hasNames ? "of names" : "without names"} two million times`,
    base: "ext2",
    craft: (image, bytes) => {
      const { view, inode, spare } = open(
        image,
        bytes,
        ({ mode, size }) => mode >> 12 === 4 && size > 4096,
      );
      // The largest folders: lost+found comes first and is empty, the one with many names last.
      const folders = image.structures.filter(({ kind }) => kind === "folder");
      const lost = view.getUint32(inode + 40 + 11 * 4, true);
      const leaf = hasNames ? (folders.at(-1)?.offset ?? 0) / image.blockSize : lost;
      fillWithPointers(view, spare, image.blockSize, [spare + 1, spare + 2, leaf]);
      for (let index = 0; index < 12; index++) view.setUint32(inode + 40 + index * 4, leaf, true);
      [spare + 2, spare + 1, spare].forEach((block, index) =>
        view.setUint32(inode + 40 + (12 + index) * 4, block, true)
      );
      setSize(view, inode, 2 ** 31 - image.blockSize);
    },
  })),
  ...[["ext2", 34], ["ext4 without checksums", 42], ["ext4", 52], ["ext2", 62]].map((
    [base, power],
  ): CraftedImage => ({
    name: `files of 2^${power} bytes, ${base}`,
    base: `${base}`,
    craft: (image, bytes) => {
      const view = new DataView(bytes.buffer);
      for (const { kind, offset } of image.structures) {
        if (kind === "inode" && view.getUint16(offset, true) >> 12 !== 4) {
          setSize(view, offset, 2 ** Number(power));
        }
      }
    },
  })),
  {
    name: "a link of 4 GiB",
    base: "ext4 without checksums",
    craft: (image, bytes) => {
      const { view, inode } = open(
        image,
        bytes,
        ({ mode, size }) => mode >> 12 === 10 && size > 60,
      );
      setSize(view, inode, 2 ** 32 - 1);
    },
  },
  {
    name: "an extent of the last block of 4 TiB",
    base: "ext4 without checksums",
    craft: (image, bytes) => {
      const { view, inode } = open(
        image,
        bytes,
        ({ mode, size }) => mode >> 12 === 8 && size === 3000,
      );
      view.setUint32(inode + 40 + 12, 2 ** 32 - 2, true);
      view.setUint16(inode + 40 + 16, 1, true);
      setSize(view, inode, 2 ** 42 - 1024);
    },
  },
];

/** Makes the image claim 512 GiB, as Apple's do: the rest is a hole. */
export function claimHalfTebibyte(image: HostileImage, bytes: Uint8Array<ArrayBuffer>): number {
  const view = new DataView(bytes.buffer, 1024);
  const blocks = 2 ** 39 / image.blockSize;
  const blocksPerGroup = view.getUint32(32, true);
  view.setUint32(4, blocks, true);
  const groups = Math.ceil((blocks - view.getUint32(20, true)) / blocksPerGroup);
  view.setUint32(0, groups * view.getUint32(40, true), true);
  return 2 ** 39;
}

function open(
  image: HostileImage,
  bytes: Uint8Array<ArrayBuffer>,
  isWanted: (inode: { mode: number; size: number }) => boolean,
): { view: DataView; inode: number; spare: number } {
  const view = new DataView(bytes.buffer);
  const found = image.structures.find(({ kind, offset }: Structure) =>
    kind === "inode" &&
    isWanted({ mode: view.getUint16(offset, true), size: view.getUint32(offset + 4, true) })
  );
  if (found === undefined) throw new Error(`No inode of ${image.name} is like that`);
  const spare = Math.floor(bytes.length / image.blockSize) - 4;
  return { view, inode: found.offset, spare };
}

/** From block `first` on, one block full of each of `pointers`. */
function fillWithPointers(
  view: DataView,
  first: number,
  blockSize: number,
  pointers: number[],
): void {
  pointers.forEach((pointer, index) => {
    for (let position = 0; position < blockSize; position += 4) {
      view.setUint32((first + index) * blockSize + position, pointer, true);
    }
  });
}

function setSize(view: DataView, inode: number, size: number): void {
  view.setUint32(inode + 4, size % 2 ** 32, true);
  view.setUint32(inode + 108, Math.floor(size / 2 ** 32), true);
}
