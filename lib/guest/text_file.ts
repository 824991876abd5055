/** A small text file of the append: its absolute path in the initramfs, its permissions and its text. */
export interface TextFile {
  /** The path, absolute. */
  readonly path: string;
  /** The permissions, such as `0o644`. */
  readonly mode: number;
  /** The text. */
  readonly text: string;
}
