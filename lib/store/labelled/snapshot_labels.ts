/** What a file is: a regular one (`-`), a folder, a link, a character or block device, a FIFO or a socket. */
export type FileKind = "-" | "d" | "l" | "c" | "b" | "p" | "s";

/** Where the labels of a snapshot's files come from. */
export interface SnapshotLabels {
  /**
   * The label of a file.
   *
   * @param path Its path: one character for each byte.
   * @param kind What it is.
   * @returns The label; `undefined` if it has none.
   */
  find(path: string, kind: FileKind): string | undefined;
}
