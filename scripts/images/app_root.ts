import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Ext4ImageOptions, writeExt4Image } from "./ext4_image.ts";
import type { PackageArchitecture } from "./distribution_packages.ts";
import { packTree } from "./pack_tree.ts";

/** One image for {@linkcode writeAppRoot}. */
export interface AppRootImage {
  /** The reference as `state.json` has it: `docker.io/library/demo:latest`. */
  readonly reference: string;
  /** The processor it is for. */
  readonly architecture: PackageArchitecture;
  /** The folder that is its root filesystem; it becomes its one layer and its snapshot. */
  readonly tree: string;
  /** Labels of its configuration. */
  readonly labels: Readonly<Record<string, string>>;
  /** How its snapshot is written. */
  readonly ext4?: Ext4ImageOptions;
}

/** A blob as an index or a manifest names it. */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const MEDIA_TYPE = "application/vnd.oci.image";

/**
 * Writes an app root as Apple's `container` lays it out, with one image in it: `state.json`, its index, manifest,
 * configuration and layer as blobs, and its snapshot.
 *
 * @param root the folder to write to; it must not exist.
 * @param destination where the folder will be when it is used: the snapshot's `snapshot-info` has its absolute path.
 */
export async function writeAppRoot(
  root: string,
  image: AppRootImage,
  destination: string = root,
): Promise<void> {
  await Deno.mkdir(root);
  const blobs = join(root, "content/blobs/sha256");
  const empty = ["containers", "content/ingest", "kernels", "snapshots/ingest", "volumes"];
  for (const folder of [blobs, ...empty.map((name) => join(root, name))]) {
    await Deno.mkdir(folder, { recursive: true });
  }
  const platform = image.architecture === "arm64"
    ? { architecture: "arm64", os: "linux", variant: "v8" }
    : { architecture: "amd64", os: "linux" };

  const layer = await putLayer(blobs, image.tree);
  const config = await putJson(blobs, `${MEDIA_TYPE}.config.v1+json`, {
    created: new Date().toISOString(),
    ...platform,
    config: { Cmd: ["/sbin/init"], Labels: image.labels },
    rootfs: { type: "layers", diff_ids: [layer.digest] },
    history: [{ created_by: "a folder", comment: image.reference }],
  });
  const manifestType = `${MEDIA_TYPE}.manifest.v1+json`;
  const manifest = await putJson(blobs, manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    config,
    layers: [layer],
  });
  const indexType = `${MEDIA_TYPE}.index.v1+json`;
  const index = await putJson(blobs, indexType, {
    schemaVersion: 2,
    mediaType: indexType,
    manifests: [{ ...manifest, platform }],
  });

  // A snapshot's folder has the name of its platform's manifest.
  const hex = manifest.digest.slice("sha256:".length);
  await Deno.mkdir(join(root, "snapshots", hex));
  await writeExt4Image(image.tree, join(root, "snapshots", hex, "snapshot"), image.ext4);
  await writeJson(join(root, "snapshots", hex, "snapshot-info"), {
    type: { block: { format: "ext4", cache: { on: {} }, sync: { fsync: {} } } },
    source: join(destination, "snapshots", hex, "snapshot"),
    destination: "/",
    options: [],
  });
  await writeJson(join(root, "state.json"), { [image.reference]: index });
}

/** Packs a folder as a layer and stores it. */
async function putLayer(blobs: string, tree: string): Promise<Descriptor> {
  const file = join(blobs, "layer.partial");
  await packTree(tree, file);
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of (await Deno.open(file)).readable) {
    hash.update(chunk);
    size += chunk.length;
  }
  const hex = hash.digest("hex");
  await Deno.rename(file, join(blobs, hex));
  return { mediaType: `${MEDIA_TYPE}.layer.v1.tar`, digest: `sha256:${hex}`, size };
}

async function putJson(blobs: string, mediaType: string, value: unknown): Promise<Descriptor> {
  const text = JSON.stringify(value);
  const hex = createHash("sha256").update(text).digest("hex");
  await Deno.writeTextFile(join(blobs, hex), text);
  return { mediaType, digest: `sha256:${hex}`, size: new TextEncoder().encode(text).length };
}

/** Writes JSON as Apple's encoder does: with every slash escaped. */
async function writeJson(path: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(path, JSON.stringify(value).replaceAll("/", "\\/"));
}
