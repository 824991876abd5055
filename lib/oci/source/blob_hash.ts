import { createHash } from "node:crypto";

/** The digest and the size of a blob. */
export interface HashedBlob {
  readonly digest: string;
  readonly size: number;
}

/** Computes the digest of a blob while it passes by. */
export class BlobHash {
  readonly #hash = createHash("sha256");
  #size = 0;

  /** Lets the blob through. */
  async *through<Chunk extends Uint8Array>(
    chunks: AsyncIterable<Chunk>,
  ): AsyncGenerator<Chunk, void> {
    for await (const chunk of chunks) {
      this.#hash.update(chunk);
      this.#size += chunk.length;
      yield chunk;
    }
  }

  /** The digest of all that has passed. */
  result(): HashedBlob {
    return { digest: `sha256:${this.#hash.digest("hex")}`, size: this.#size };
  }
}
