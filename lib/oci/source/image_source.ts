import type { Descriptor } from "../documents/descriptor.ts";
import type { Platform } from "../names/platform.ts";

/** A document of an image, as it was received. */
export interface SourceDocument {
  /** Its media type, digest and size. */
  readonly descriptor: Descriptor;
  /** Its bytes, which have the descriptor's digest. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Options for {@linkcode ImageSource.openBlob}. */
export interface OpenBlobOptions {
  /** Where to begin, in bytes from the start of the blob. Default: 0. */
  readonly offset?: number | undefined;
  /** Ends the reading when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Where an image comes from: a registry, a folder or an archive in OCI's layout, another program's archive, a folder of
 * files. All of them give the same three kinds of things: one index or manifest, the documents below it, and blobs.
 */
export interface ImageSource extends AsyncDisposable {
  /** The source as the user wrote it, for messages. */
  readonly name: string;
  /** The reference that the source itself gives to the image; absent if it has none. */
  readonly reference?: string | undefined;
  /** The image's index, or its only manifest. */
  root(signal?: AbortSignal): Promise<SourceDocument>;
  /**
   * Reads a manifest, an index or a configuration whole.
   *
   * @throws {SnapvmError} `corrupt-blob` if its bytes have another digest or size.
   */
  document(descriptor: Descriptor, signal?: AbortSignal): Promise<SourceDocument>;
  /**
   * Opens a layer. What it yields is not verified: whoever reads it to the end compares its digest.
   *
   * Losing the connection is the source's to mend; the iteration throws when it gives up.
   */
  openBlob(
    descriptor: Descriptor,
    options?: OpenBlobOptions,
  ): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** The path of a blob's file on this machine, if that is how the source keeps it: it need not be copied to be read. */
  blobPath?(descriptor: Descriptor): string | undefined;
  /** The platforms that the source can give, if it knows before its documents are read. */
  readonly platforms?: readonly Platform[] | undefined;
}
