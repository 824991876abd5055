import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { run } from "./snapvm.ts";

/** A document or a layer, as another one names it. */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const MEDIA_TYPE = "application/vnd.oci.image";

/** The platforms that the image is made for. */
const ARCHITECTURES = ["amd64", "arm64"] as const;

/**
 * An image without a kernel for two platforms, in OCI's layout: `/etc/hostname` says which of them, `/big` has 3 MB that
 * do not get smaller.
 */
export interface TestImage {
  /** The folder of the layout. */
  readonly layout: string;
  /** The digest of the index. */
  readonly index: string;
  /** The digests of the manifests, that of amd64 first. */
  readonly manifests: readonly [amd64: string, arm64: string];
  /** The digest of the layer with `/big`, and its size in bytes. */
  readonly bigLayer: { readonly digest: string; readonly size: number };
}

/** Makes the image as `folder/layout`, with the tag `v1`. */
export async function makeTestImage(folder: string): Promise<TestImage> {
  const layout = `${folder}/layout`;
  const blobs = `${layout}/blobs/sha256`;
  await Deno.mkdir(blobs, { recursive: true });
  const put = async (mediaType: string, content: Uint8Array | object): Promise<Descriptor> => {
    const bytes = content instanceof Uint8Array
      ? content
      : new TextEncoder().encode(JSON.stringify(content));
    const hex = createHash("sha256").update(bytes).digest("hex");
    await Deno.writeFile(`${blobs}/${hex}`, bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const layerOf = async (files: Readonly<Record<string, Uint8Array | string>>) => {
    const tree = await Deno.makeTempDir({ dir: folder });
    for (const [path, content] of Object.entries(files)) {
      await Deno.mkdir(dirname(`${tree}/${path}`), { recursive: true });
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(`${tree}/${path}`, bytes);
    }
    const archive = (await run("tar", ["-C", tree, "-cf", "-", "."])).bytes;
    const diffId = `sha256:${createHash("sha256").update(archive).digest("hex")}`;
    const layer = await put(`${MEDIA_TYPE}.layer.v1.tar+gzip`, gzipSync(archive));
    return { layer, diffId };
  };
  const noise = crypto.getRandomValues(new Uint8Array(1 << 16));
  const big = new Uint8Array(48 * noise.length);
  for (let part = 0; part < 48; part++) {
    // Each part is another one, or compression would find them all.
    big.set(noise.map((byte) => byte ^ (part * 5)), part * noise.length);
  }
  const base = await layerOf({ "etc/os-release": "ID=test\n", "big": big });
  const manifests: (Descriptor & { platform: object })[] = [];
  for (const architecture of ARCHITECTURES) {
    const top = await layerOf({ "etc/hostname": `${architecture}\n` });
    const config = await put(`${MEDIA_TYPE}.config.v1+json`, {
      os: "linux",
      architecture,
      config: {},
      rootfs: { type: "layers", diff_ids: [base.diffId, top.diffId] },
    });
    const mediaType = `${MEDIA_TYPE}.manifest.v1+json`;
    const manifest = await put(mediaType, {
      schemaVersion: 2,
      mediaType,
      config,
      layers: [base.layer, top.layer],
    });
    manifests.push({ ...manifest, platform: { os: "linux", architecture } });
  }
  const mediaType = `${MEDIA_TYPE}.index.v1+json`;
  const index = await put(mediaType, { schemaVersion: 2, mediaType, manifests });
  await Deno.writeTextFile(`${layout}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
  await Deno.writeTextFile(
    `${layout}/index.json`,
    JSON.stringify({
      schemaVersion: 2,
      manifests: [{ ...index, annotations: { "org.opencontainers.image.ref.name": "v1" } }],
    }),
  );
  const [amd64, arm64] = manifests.map(({ digest }) => digest);
  return {
    layout,
    index: index.digest,
    manifests: [amd64!, arm64!],
    bigLayer: { digest: base.layer.digest, size: base.layer.size },
  };
}
