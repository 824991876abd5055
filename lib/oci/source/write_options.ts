import type { Platform } from "../names/platform.ts";

/** Options for {@linkcode writeOciArchive}. */
export interface WriteOciArchiveOptions {
  /** The reference that the archive gives to the image (default: none). */
  readonly reference?: string | undefined;
  /** The only platform that is wanted (default: all that are there). */
  readonly platform?: Platform | undefined;
  /** Ends the writing when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Is told how much is written. */
  readonly onProgress?: (progress: { readonly done: number; readonly size: number }) => void;
}

/** Something that bytes are written to, such as `Deno.stdout`. */
export interface ByteWriter {
  /** Writes some of the bytes, and gives their number. */
  write(bytes: Uint8Array): Promise<number>;
}
