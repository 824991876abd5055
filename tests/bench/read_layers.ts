import { join } from "node:path";

/** A layer of an OCI layout. */
export interface BenchLayer {
  /** The blob's file. */
  readonly path: string;
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  /** The digest of the uncompressed archive. */
  readonly diffId: string;
}

/** Reads the layers of the one image in an OCI layout, the lowest first. */
export async function readLayers(layout: string): Promise<BenchLayer[]> {
  const pathOf = (digest: string) => join(layout, "blobs", digest.replace(":", "/"));
  const read = async (path: string) => JSON.parse(await Deno.readTextFile(path));
  const index = await read(join(layout, "index.json"));
  const manifest = await read(pathOf(index.manifests[0].digest));
  const config = await read(pathOf(manifest.config.digest));
  return manifest.layers.map((
    { mediaType, digest, size }: { mediaType: string; digest: string; size: number },
    nth: number,
  ) => ({ mediaType, digest, size, path: pathOf(digest), diffId: config.rootfs.diff_ids[nth] }));
}
