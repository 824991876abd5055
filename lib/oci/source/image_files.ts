/** The files of an image on this machine, in a folder or in an archive. Their paths are relative and plain. */
export interface ImageFiles extends AsyncDisposable {
  /** How messages name them all. */
  readonly name: string;
  /** The size of a file in bytes; `undefined` if there is none. */
  size(path: string): Promise<number | undefined>;
  /** Reads a range of a file, which is there, in chunks. */
  open(
    path: string,
    offset: number,
    length: number,
    signal?: AbortSignal,
  ): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Where a file can be read without this, if that is anywhere. */
  path?(path: string): string | undefined;
}
