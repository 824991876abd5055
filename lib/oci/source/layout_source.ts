import type { Descriptor } from "../documents/descriptor.ts";
import { type Index, parseIndex } from "../documents/image_index.ts";
import { JsonValue, MAX_JSON_SIZE } from "../documents/json_value.ts";
import { parseDigest, sha256Digest } from "../blob/digest.ts";
import { invalidDigest } from "../blob/invalid_digest.ts";
import { type ImageChoice, imageNotInSource } from "./image_choice.ts";
import type { ImageFiles } from "./image_files.ts";
import type { ImageSource, OpenBlobOptions, SourceDocument } from "./image_source.ts";
import { isIndex } from "./media_types.ts";
import { readImageFile } from "./read_image_file.ts";
import { referenceIn } from "./reference_in.ts";
import { blobNotFound, corruptBlob, sourceUnreadable } from "./source_errors.ts";

/** An index that leads to an index and so on: more than any tool makes. */
const MAX_DEPTH = 8;

/**
 * An image in OCI's layout, in a folder or in an archive.
 *
 * Source: the OCI image specification, `image-layout.md`.
 */
export class LayoutSource implements ImageSource {
  readonly name: string;
  readonly reference: string | undefined;
  readonly blobPath?: (descriptor: Descriptor) => string | undefined;
  readonly #files: ImageFiles;
  readonly #root: SourceDocument;

  private constructor(files: ImageFiles, root: SourceDocument, reference: string | undefined) {
    this.name = files.name;
    this.#files = files;
    this.#root = root;
    this.reference = reference;
    if (files.path !== undefined) {
      this.blobPath = ({ digest }) => files.path?.(blobFile(digest));
    }
  }

  /**
   * Finds an image in a layout.
   *
   * @param files The layout. It is closed with the source, also if this fails.
   * @param choice Which of its images.
   * @param signal Ends it when it aborts.
   * @throws {SnapvmError} `image-not-in-source` if there is no such image or several and none is named;
   * `source-unreadable`, `blob-not-found` or `corrupt-blob` if the layout is damaged; {@linkcode MalformedJson}.
   */
  static async open(
    files: ImageFiles,
    choice: ImageChoice = {},
    signal?: AbortSignal,
  ): Promise<LayoutSource> {
    try {
      await requireLayoutVersion(files, signal);
      const bytes = await readImageFile(files, "index.json", signal);
      if (bytes === undefined) throw sourceUnreadable(files.name, "it has no index.json");
      const index = parseIndex(bytes, `index.json of ${files.name}`);
      const chosen = choose(index, choice, files.name);
      if (chosen === "all") {
        return new LayoutSource(files, await describe(bytes, index), undefined);
      }
      const root = await readRoot(files, chosen, signal);
      return new LayoutSource(files, root, referenceIn(chosen));
    } catch (error) {
      await files[Symbol.asyncDispose]();
      throw error;
    }
  }

  root(): Promise<SourceDocument> {
    return Promise.resolve(this.#root);
  }

  document(descriptor: Descriptor, signal?: AbortSignal): Promise<SourceDocument> {
    return readDocument(this.#files, descriptor, signal);
  }

  async *openBlob(
    descriptor: Descriptor,
    { offset = 0, signal }: OpenBlobOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const size = await sizeOfBlob(this.#files, descriptor);
    yield* this.#files.open(blobFile(descriptor.digest), offset, size - offset, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
  }
}

function blobFile(digest: string): string {
  const { algorithm, encoded } = parseDigest(digest);
  return `blobs/${algorithm}/${encoded}`;
}

async function requireLayoutVersion(files: ImageFiles, signal?: AbortSignal): Promise<void> {
  const bytes = await readImageFile(files, "oci-layout", signal);
  if (bytes === undefined) throw sourceUnreadable(files.name, "it has no file `oci-layout`");
  const json = JsonValue.parse(bytes, `oci-layout of ${files.name}`);
  const version = json.require("imageLayoutVersion");
  if (!version.string().startsWith("1.")) throw version.malformed("is not 1.x");
}

/** Chooses one of the images, or all of them if together they are one: the same image for several platforms. */
function choose(index: Index, choice: ImageChoice, source: string): Descriptor | "all" {
  const { manifests } = index;
  const { name, position } = choice;
  const available = manifests.map((manifest, at) => namesOf(manifest)[0] ?? `@${at}`);
  if (position !== undefined) {
    const found = manifests[position];
    if (found === undefined) throw imageNotInSource(source, `@${position}`, available);
    return found;
  }
  if (name !== undefined) {
    const found = manifests.filter((manifest) =>
      manifest.digest === name || namesOf(manifest).includes(name)
    );
    const [first] = found;
    if (first === undefined) throw imageNotInSource(source, name, available);
    if (found.some(({ digest }) => digest !== first.digest)) {
      throw imageNotInSource(source, name, available, "several images have this name");
    }
    return first;
  }
  const [first] = manifests;
  if (first === undefined) throw sourceUnreadable(source, "its index.json lists no image");
  if (manifests.every(({ digest }) => digest === first.digest)) return first;
  if (isOneImage(manifests)) return "all";
  throw imageNotInSource(source, undefined, available);
}

/** Whether manifests are one image for several platforms: each has a platform, and nothing has a name of its own. */
function isOneImage(manifests: readonly Descriptor[]): boolean {
  const names = new Set(manifests.map((manifest) => namesOf(manifest)[0]));
  return names.size === 1 && manifests.every(({ platform }) => platform !== undefined);
}

/** By what an image in a layout can be named; skopeo's and umoci's way is first. */
function namesOf({ annotations = {} }: Descriptor): string[] {
  return ["org.opencontainers.image.ref.name", "io.containerd.image.name"]
    .flatMap((key) => annotations[key] ?? []);
}

async function describe(
  bytes: Uint8Array<ArrayBuffer>,
  index: Index,
): Promise<SourceDocument> {
  return {
    bytes,
    descriptor: {
      mediaType: index.mediaType ?? "application/vnd.oci.image.index.v1+json",
      digest: await sha256Digest(bytes),
      size: bytes.length,
    },
  };
}

/** Reads the root; an index of nothing but another index is passed over. */
async function readRoot(
  files: ImageFiles,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<SourceDocument> {
  let document = await readDocument(files, descriptor, signal);
  for (let depth = 0; isIndex(document.descriptor.mediaType); depth++) {
    if (depth === MAX_DEPTH) {
      throw sourceUnreadable(files.name, `its indexes are nested more than ${MAX_DEPTH} deep`);
    }
    const { manifests } = parseIndex(document.bytes, `index ${document.descriptor.digest}`);
    const [only] = manifests;
    if (only === undefined || manifests.length > 1 || !isIndex(only.mediaType)) break;
    document = await readDocument(files, only, signal);
  }
  return document;
}

async function readDocument(
  files: ImageFiles,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<SourceDocument> {
  const { digest } = descriptor;
  if (parseDigest(digest).algorithm !== "sha256") {
    throw invalidDigest(digest, "only sha256 can be verified");
  }
  const size = await sizeOfBlob(files, descriptor);
  if (size > MAX_JSON_SIZE) {
    throw corruptBlob(files.name, digest, `it is larger than ${MAX_JSON_SIZE} bytes`);
  }
  const bytes = await readImageFile(files, blobFile(digest), signal);
  if (bytes === undefined) throw blobNotFound(files.name, digest);
  const actual = await sha256Digest(bytes);
  if (actual !== digest) {
    throw corruptBlob(files.name, digest, `its bytes have the digest ${actual}`);
  }
  return { descriptor, bytes };
}

/** The size of a blob that is there, and has the size that its descriptor says. */
async function sizeOfBlob(files: ImageFiles, { digest, size }: Descriptor): Promise<number> {
  const actual = await files.size(blobFile(digest));
  if (actual === undefined) throw blobNotFound(files.name, digest);
  if (actual !== size) {
    throw corruptBlob(files.name, digest, `it has ${actual} bytes instead of ${size}`);
  }
  return actual;
}
