import type { Descriptor } from "../documents/descriptor.ts";
import { sha256Digest } from "../blob/digest.ts";
import type { ImageSource, OpenBlobOptions, SourceDocument } from "./image_source.ts";
import { MEDIA_TYPES } from "./media_types.ts";
import { blobNotFound } from "./source_errors.ts";
import type { Platform } from "../names/platform.ts";

/** A layer of an image whose manifest is made here. */
export interface MadeLayer {
  readonly descriptor: Descriptor;
  /** Opens it. */
  open(options: OpenBlobOptions): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** What an image is made of that has no manifest of OCI's kind. */
export interface ImageParts {
  /** How messages name it. */
  readonly name: string;
  readonly reference: string | undefined;
  readonly platform: Platform;
  /** The configuration, as its bytes are to be kept. */
  readonly config: Uint8Array<ArrayBuffer>;
  /** The layers, lowest first. */
  readonly layers: readonly MadeLayer[];
  /** Gives back what holds the layers. */
  close(): Promise<void>;
}

/** An image whose manifest is made here out of its configuration and layers. */
export class MadeImage implements ImageSource {
  readonly name: string;
  readonly reference: string | undefined;
  readonly platforms: readonly Platform[];
  readonly #parts: ImageParts;
  readonly #root: SourceDocument;
  readonly #documents: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

  private constructor(
    parts: ImageParts,
    root: SourceDocument,
    documents: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  ) {
    this.name = parts.name;
    this.reference = parts.reference;
    this.platforms = [parts.platform];
    this.#parts = parts;
    this.#root = root;
    this.#documents = documents;
  }

  /** Makes the manifest. The same parts give the same bytes. */
  static async of(parts: ImageParts): Promise<MadeImage> {
    const config = await describe(MEDIA_TYPES.config, parts.config);
    const manifest = new TextEncoder().encode(JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.manifest,
      config,
      layers: parts.layers.map(({ descriptor }) => descriptor),
    }));
    const root = { descriptor: await describe(MEDIA_TYPES.manifest, manifest), bytes: manifest };
    const documents = new Map([
      [root.descriptor.digest, manifest],
      [config.digest, parts.config],
    ]);
    return new MadeImage(parts, root, documents);
  }

  root(): Promise<SourceDocument> {
    return Promise.resolve(this.#root);
  }

  document(descriptor: Descriptor): Promise<SourceDocument> {
    const bytes = this.#documents.get(descriptor.digest);
    return bytes === undefined
      ? Promise.reject(blobNotFound(this.name, descriptor.digest))
      : Promise.resolve({ descriptor, bytes });
  }

  async *openBlob(
    descriptor: Descriptor,
    options: OpenBlobOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const { digest } = descriptor;
    const document = this.#documents.get(digest);
    if (document !== undefined) {
      yield document.slice(options.offset ?? 0);
      return;
    }
    const layer = this.#parts.layers.find((layer) => layer.descriptor.digest === digest);
    if (layer === undefined) throw blobNotFound(this.name, digest);
    yield* layer.open(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.close();
  }
}

async function describe(mediaType: string, bytes: Uint8Array<ArrayBuffer>): Promise<Descriptor> {
  return { mediaType, digest: await sha256Digest(bytes), size: bytes.length };
}
