import { createHash } from "node:crypto";

/** An image in a layout, for tests. */
export interface TestImage {
  /** The layout's folder; skopeo names the image `oci:FOLDER:v1`. */
  readonly folder: string;
  /** The digest of its manifest. */
  readonly manifest: string;
  /** Its layers' bytes by digest. They are no archives: whoever only carries them does not look inside. */
  readonly layers: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/**
 * Writes an image in OCI's layout by hand, with layers of random bytes.
 *
 * @param folder The folder, which is made.
 * @param sizes The sizes of the layers in bytes.
 */
export async function makeLayout(folder: string, sizes: readonly number[]): Promise<TestImage> {
  await Deno.mkdir(`${folder}/blobs/sha256`, { recursive: true });
  const layers = new Map<string, Uint8Array<ArrayBuffer>>();
  const descriptors = [];
  for (const size of sizes) {
    const bytes = randomBytes(size);
    const descriptor = await write(bytes, "application/vnd.oci.image.layer.v1.tar");
    layers.set(descriptor.digest, bytes);
    descriptors.push(descriptor);
  }
  const config = await write(
    json({
      os: "linux",
      architecture: "amd64",
      rootfs: { type: "layers", diff_ids: [...layers.keys()] },
    }),
    "application/vnd.oci.image.config.v1+json",
  );
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = await write(
    json({ schemaVersion: 2, mediaType, config, layers: descriptors }),
    mediaType,
  );
  await Deno.writeTextFile(`${folder}/oci-layout`, `{"imageLayoutVersion":"1.0.0"}`);
  const annotations = { "org.opencontainers.image.ref.name": "v1" };
  await Deno.writeFile(
    `${folder}/index.json`,
    json({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  return { folder, manifest: manifest.digest, layers };

  async function write(bytes: Uint8Array, mediaType: string) {
    const digest = digestOf(bytes);
    await Deno.writeFile(`${folder}/blobs/${digest.replace(":", "/")}`, bytes);
    return { mediaType, digest, size: bytes.length };
  }
}

/** The sha256 digest of some bytes. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** A value as the bytes of a JSON document. */
export function json(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** Bytes that do not repeat. */
export function randomBytes(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  return bytes;
}
