import { SnapvmError } from "../../error/mod.ts";
import {
  type Descriptor,
  type ImageSource,
  type OpenBlobOptions,
  readBlob,
  type SourceDocument,
} from "../../oci/mod.ts";
import type { Store } from "../open_stores.ts";
import { blobPath, blobsFolder } from "./store_paths.ts";

/** How much is read at once, in bytes. */
const READ_SIZE = 1 << 18;

/** An image in a store, as a source. */
export class StoreSource implements ImageSource {
  readonly name: string;
  readonly reference: string | undefined;
  readonly #root: SourceDocument;
  readonly #store: Store;

  /**
   * Makes a source.
   *
   * @param store The store.
   * @param root The image's index, or its manifest.
   * @param name How messages name it.
   * @param reference Its full reference.
   */
  constructor(store: Store, root: SourceDocument, name: string, reference: string | undefined) {
    this.#store = store;
    this.#root = root;
    this.name = name;
    this.reference = reference;
  }

  root(): Promise<SourceDocument> {
    return Promise.resolve(this.#root);
  }

  async document(descriptor: Descriptor): Promise<SourceDocument> {
    try {
      return {
        descriptor,
        bytes: await readBlob(blobsFolder(this.#store.root), descriptor.digest),
      };
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) throw this.#blobNotFound(descriptor, cause);
      throw cause;
    }
  }

  async *openBlob(
    descriptor: Descriptor,
    { offset = 0, signal }: OpenBlobOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    using file = await this.#open(descriptor);
    await file.seek(offset, Deno.SeekMode.Start);
    for (;;) {
      signal?.throwIfAborted();
      const bytes = new Uint8Array(READ_SIZE);
      const count = await file.read(bytes);
      if (count === null) return;
      yield bytes.subarray(0, count);
    }
  }

  blobPath({ digest }: Descriptor): string {
    return blobPath(this.#store.root, digest);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #open(descriptor: Descriptor): Promise<Deno.FsFile> {
    try {
      return await Deno.open(this.blobPath(descriptor));
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) throw this.#blobNotFound(descriptor, cause);
      throw cause;
    }
  }

  #blobNotFound({ digest }: Descriptor, cause: unknown): SnapvmError<"blob-not-found"> {
    return new SnapvmError(
      "blob-not-found",
      `Cannot read the blob ${digest}: it is not in the store ${this.#store.root}`,
      { data: { digest }, cause },
    );
  }
}
