/** Which snapshot a labelled copy was made of, and by which rules. */
export interface SnapshotOrigin {
  /** Raised when snapvm labels differently. */
  readonly version: 1;
  /** The snapshot's path without links. */
  readonly path: string;
  /** Its size in bytes. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modified: number | null;
  /** The number of its inode, where there is one: a snapshot that is replaced has another one. */
  readonly inode: number | null;
}

/**
 * Looks at a snapshot.
 *
 * @throws {Deno.errors.NotFound} If it is not there.
 */
export async function originOf(path: string): Promise<SnapshotOrigin> {
  const real = await Deno.realPath(path);
  const { size, mtime, ino } = await Deno.stat(real);
  return { version: 1, path: real, size, modified: mtime?.getTime() ?? null, inode: ino };
}
