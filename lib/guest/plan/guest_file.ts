/** A file that is put into a guest. */
export interface GuestFile {
  /** The path in the initramfs, absolute. */
  readonly path: string;
  /** The permission bits, such as `0o644`. */
  readonly mode: number;
  /** Its content. */
  readonly content: string | Uint8Array<ArrayBuffer>;
}
