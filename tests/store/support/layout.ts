/**
 * Images in OCI's layout, and sources of them that can be watched and slowed down.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  type Descriptor,
  type ImageSource,
  type OpenBlobOptions,
  openTransport,
  type SourceDocument,
  tarEnd,
  tarHeader,
  tarPadding,
} from "../../../lib/oci/mod.ts";

const TYPE = "application/vnd.oci.image";
const encoder = new TextEncoder();

/** What {@linkcode makeLayout} is told. */
export interface LayoutOptions {
  /** Another number gives other bytes. */
  readonly seed?: number;
  /** The size of each layer, in bytes; it does not get smaller by compression. */
  readonly size?: number;
  /** How many layers. */
  readonly layers?: number;
  /** The platforms; of one the layout has a manifest, of several an index. */
  readonly architectures?: readonly string[];
}

/** An image in a layout. */
export interface Layout {
  /** The layout's folder. */
  readonly path: string;
  /** How `openTransport()` names it. */
  readonly transport: string;
  /** The image's index or manifest. */
  readonly root: Descriptor;
  /** Its manifests. */
  readonly manifests: readonly Descriptor[];
  /** The layers of all its platforms. */
  readonly layers: readonly Descriptor[];
}

/** Bytes that look random, and are the same each time. */
export function noise(size: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let state = (seed + 1) * 0x9e3779b1 >>> 0;
  for (let at = 0; at < size; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state;
  }
  return bytes;
}

/** Makes an image in the folder `path`, with the tag `v1`. */
export async function makeLayout(path: string, options: LayoutOptions = {}): Promise<Layout> {
  const { seed = 1, size = 100_000, layers: count = 2, architectures = ["amd64"] } = options;
  const blobs = join(path, "blobs/sha256");
  await Deno.mkdir(blobs, { recursive: true });
  const put = async (mediaType: string, content: Uint8Array | object): Promise<Descriptor> => {
    const bytes = content instanceof Uint8Array ? content : encoder.encode(JSON.stringify(content));
    const hex = createHash("sha256").update(bytes).digest("hex");
    await Deno.writeFile(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const allLayers: Descriptor[] = [];
  const manifests: Descriptor[] = [];
  for (const architecture of architectures) {
    const layers: Descriptor[] = [];
    const diffIds: string[] = [];
    for (let nth = 0; nth < count; nth++) {
      const archive = archiveOf({
        [`file${nth}`]: noise(size, seed * 100 + nth),
        "etc/name": encoder.encode(`${architecture} ${seed} ${nth}\n`),
      });
      diffIds.push(`sha256:${createHash("sha256").update(archive).digest("hex")}`);
      layers.push(await put(`${TYPE}.layer.v1.tar+gzip`, gzipSync(archive, { level: 1 })));
    }
    const config = await put(`${TYPE}.config.v1+json`, {
      os: "linux",
      architecture,
      config: {},
      rootfs: { type: "layers", diff_ids: diffIds },
    });
    const mediaType = `${TYPE}.manifest.v1+json`;
    const manifest = { schemaVersion: 2, mediaType, config, layers };
    manifests.push({
      ...await put(mediaType, manifest),
      platform: { os: "linux", architecture },
    });
    allLayers.push(...layers);
  }
  const [first] = manifests;
  const { platform: _, ...only } = first!;
  const index = `${TYPE}.index.v1+json`;
  const root = manifests.length === 1
    ? only
    : await put(index, { schemaVersion: 2, mediaType: index, manifests });
  await Deno.writeTextFile(join(path, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  await Deno.writeTextFile(
    join(path, "index.json"),
    JSON.stringify({
      schemaVersion: 2,
      manifests: [{ ...root, annotations: { "org.opencontainers.image.ref.name": "v1" } }],
    }),
  );
  return { path, transport: `oci:${path}:v1`, root, manifests, layers: allLayers };
}

/** An archive of files. */
export function archiveOf(files: Readonly<Record<string, Uint8Array>>): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const [path, data] of Object.entries(files)) {
    const header = tarHeader({
      path: encoder.encode(path),
      type: "file",
      mode: 0o644,
      uid: 0,
      gid: 0,
      size: data.length,
      mtimeNs: 0n,
    });
    parts.push(header, data, tarPadding(data.length));
  }
  const whole = new Uint8Array([...parts, tarEnd].reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of [...parts, tarEnd]) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** How {@linkcode WatchedSource} behaves. */
export interface WatchedOptions {
  /** The size of the pieces in which blobs come. */
  readonly pieceSize?: number;
  /** Called before each piece. */
  readonly onPiece?: (digest: string, offset: number) => void | Promise<void>;
  /** Changes a piece. */
  readonly change?: (bytes: Uint8Array<ArrayBuffer>, digest: string) => Uint8Array<ArrayBuffer>;
}

/** A source that counts what is asked of it. */
export class WatchedSource implements ImageSource {
  readonly name: string;
  readonly reference = undefined;
  /** The blobs that were opened, with their offsets. */
  readonly opened: { readonly digest: string; readonly offset: number }[] = [];
  readonly #source: ImageSource;
  readonly #options: WatchedOptions;

  private constructor(source: ImageSource, options: WatchedOptions) {
    this.name = source.name;
    this.#source = source;
    this.#options = options;
  }

  static async open(layout: Layout, options: WatchedOptions = {}): Promise<WatchedSource> {
    return new WatchedSource(await openTransport(layout.transport), options);
  }

  root(signal?: AbortSignal): Promise<SourceDocument> {
    return this.#source.root(signal);
  }

  document(descriptor: Descriptor, signal?: AbortSignal): Promise<SourceDocument> {
    return this.#source.document(descriptor, signal);
  }

  async *openBlob(
    descriptor: Descriptor,
    options: OpenBlobOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const { digest } = descriptor;
    const { pieceSize = Infinity, onPiece, change } = this.#options;
    let { offset = 0 } = options;
    this.opened.push({ digest, offset });
    for await (const bytes of this.#source.openBlob(descriptor, options)) {
      for (let at = 0; at < bytes.length; at += pieceSize) {
        await onPiece?.(digest, offset);
        const piece = bytes.slice(at, Math.min(at + pieceSize, bytes.length));
        offset += piece.length;
        yield change?.(piece, digest) ?? piece;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source[Symbol.asyncDispose]();
  }
}
