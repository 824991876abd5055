import { join } from "node:path";
import { Ext4 } from "../../../../lib/ext4/mod.ts";
import {
  type LayerInput,
  sha256Digest,
  tarEnd,
  tarHeader,
  type TarMember,
  tarPadding,
} from "../../../../lib/oci/mod.ts";
import {
  checkImage,
  type ImageCheck,
  openImage,
  type SnapshotFinding,
} from "../../../../lib/store/mod.ts";
import { AMD64, TestStore } from "../../support/test_store.ts";

const encoder = new TextEncoder();
const LAYER = "application/vnd.oci.image.layer.v1.tar";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** A member of a layer; what is left out is that of a file of root's. */
export interface Member extends Partial<Omit<TarMember, "path" | "linkPath" | "size">> {
  readonly path: string;
  readonly linkPath?: string;
  readonly content?: string | Uint8Array<ArrayBuffer>;
  /** The size of a file that has only its content at an offset, and holes. */
  readonly sparse?: { readonly size: number; readonly offset: number };
}

/** An archive. */
export function archive(members: readonly Member[]): Uint8Array<ArrayBuffer> {
  const parts = members.flatMap(({ path, linkPath, content = "", sparse, ...rest }) => {
    const bytes = typeof content === "string" ? encoder.encode(content) : content;
    const header = tarHeader({
      type: "file",
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtimeNs: 1_700_000_000_000_000_000n,
      ...rest,
      path: encoder.encode(path),
      ...linkPath !== undefined && { linkPath: encoder.encode(linkPath) },
      size: sparse?.size ?? bytes.length,
      ...sparse && { dataRanges: [{ offset: sparse.offset, length: bytes.length }] },
    } as TarMember);
    return [header, bytes, new Uint8Array(tarPadding(bytes.length))];
  });
  return concat([...parts, tarEnd]);
}

/** An archive as it is read. */
export async function layerInput(bytes: Uint8Array<ArrayBuffer>): Promise<LayerInput> {
  const digest = await sha256Digest(bytes);
  return {
    descriptor: { mediaType: LAYER, digest, size: bytes.length },
    diffId: digest,
    open: async function* () {
      yield bytes.slice();
    },
  };
}

/** A store with one image, `image:1`, and the path of its snapshot, which the test has to make. */
export async function storeWith(
  root: string,
  layers: readonly Uint8Array<ArrayBuffer>[],
): Promise<{ readonly root: string; readonly snapshot: string }> {
  const store = new TestStore(root);
  const descriptors = await Promise.all(layers.map(async (bytes) => {
    const digest = await sha256Digest(bytes);
    const path = store.blobPath(digest);
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeFile(path, bytes);
    return { mediaType: LAYER, digest, size: bytes.length };
  }));
  const config = await store.blob("application/vnd.oci.image.config.v1+json", {
    ...AMD64,
    rootfs: { type: "layers", diff_ids: descriptors.map(({ digest }) => digest) },
  });
  const manifest = {
    ...await store.blob(MANIFEST, {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config,
      layers: descriptors,
    }),
    platform: AMD64,
  };
  await store.index("docker.io/library/image:1", [manifest]);
  const folder = store.snapshotFolder(manifest);
  await Deno.mkdir(folder, { recursive: true });
  return { root, snapshot: join(folder, "snapshot") };
}

/** Checks an image of a store. */
export async function check(store: string, image: string = "image:1"): Promise<ImageCheck> {
  using opened = await openImage(image, { store, platform: AMD64 });
  return await checkImage(opened);
}

/** Checks only the tree of a filesystem. */
export async function checkFile(path: string): Promise<ImageCheck> {
  using root = await Ext4.open(path);
  const { size } = await Deno.stat(path);
  const image = { name: path, snapshot: { path, size, allocated: size }, problems: [] };
  return await checkImage({ image, root, [Symbol.dispose]: () => {} });
}

/** Findings as sorted lines. */
export function lines(findings: readonly SnapshotFinding[]): string[] {
  return findings.map(({ kind, path, inode, aspect, expected, found }) =>
    [kind, path ?? `#${inode}`, aspect, expected, found].filter((part) => part !== undefined)
      .join(" | ")
  ).sort();
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}
