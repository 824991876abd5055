/** Blocks of a file that follow each other both in the file and in the filesystem. */
export interface Run {
  /** The first block's number in the file. */
  readonly logical: number;
  /** The first block's number in the filesystem. */
  readonly physical: number;
  /** How many blocks there are. */
  readonly length: number;
}
