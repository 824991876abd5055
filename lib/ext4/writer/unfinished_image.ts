import type { BlockAllocator } from "./block_allocator.ts";
import type { BlockOutput } from "./block_output.ts";
import type { FileTree } from "./file_tree.ts";
import type { EncodedTime } from "./inode_columns.ts";

/** What is needed to finish an image. */
export interface UnfinishedImage {
  /** The image's file, for messages. */
  readonly path: string;
  /** The files. */
  readonly tree: FileTree;
  /** The blocks. */
  readonly allocator: BlockAllocator;
  /** The image. */
  readonly output: BlockOutput;
  /** How many blocks there are, or how many are to be free. */
  readonly size: { readonly blocks: number } | { readonly freeBlocks: number };
  /** One past the last block that was kept for group descriptors. */
  readonly descriptorsEnd: number;
  /** The size of the journal in blocks, or 0. */
  readonly journalBlocks: number;
  /** Whether metadata has checksums. */
  readonly hasChecksums: boolean;
  /** The UUID. */
  readonly uuid: Uint8Array<ArrayBuffer>;
  /** The seed of the hash of names. */
  readonly hashSeed: Uint8Array<ArrayBuffer>;
  /** The label. */
  readonly label: Uint8Array<ArrayBuffer>;
  /** When the filesystem is made: seconds and their rest, as an inode stores them. */
  readonly time: EncodedTime & { readonly seconds: number };
}
