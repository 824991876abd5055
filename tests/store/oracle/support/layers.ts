/**
 * Layers of a test, and what becomes of them: an image of ours, and a folder of umoci's.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { Ext4Writer, type Ext4WriterOptions } from "../../../../lib/ext4/mod.ts";
import {
  type LayerInput,
  tarEnd,
  tarHeader,
  type TarMember,
  tarPadding,
  unpackLayers,
} from "../../../../lib/oci/mod.ts";
import { run } from "../../../ext4/support/programs.ts";

const MEDIA_TYPE = "application/vnd.oci.image";
const encoder = new TextEncoder();

/** A member of a layer: what is not said is a small file of root's. */
export interface Member extends Partial<Omit<TarMember, "path" | "linkPath" | "size">> {
  readonly path: string | Uint8Array;
  readonly linkPath?: string | Uint8Array;
  /** The bytes after the header: of a file with holes only its data. */
  readonly data?: string | Uint8Array;
  /** The size with the holes. Default: the length of the data. */
  readonly size?: number;
}

/** The moment that every member has that says no other. */
export const MEMBER_TIME = 1_700_000_000_123_456_789n;

/** How a blob is compressed. */
export type Compression = "" | "+gzip" | "+zstd";

/** Packs a layer's archive. */
export function packLayer(members: readonly Member[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const { path, linkPath, data = "", size, ...member } of members) {
    const bytes = toBytes(data);
    const type = member.type ?? "file";
    parts.push(
      tarHeader({
        type,
        mode: type === "directory" ? 0o755 : type === "symlink" ? 0o777 : 0o644,
        uid: 0,
        gid: 0,
        mtimeNs: MEMBER_TIME,
        ...member,
        path: toBytes(path),
        size: size ?? bytes.length,
        ...linkPath !== undefined && { linkPath: toBytes(linkPath) },
      }),
      bytes,
      tarPadding(bytes.length),
    );
  }
  return new Uint8Array(Buffer.concat([...parts, tarEnd]));
}

function toBytes(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? encoder.encode(text) : text;
}

/** A layer as the unpacker takes it. */
export function layerInput(
  archive: Uint8Array<ArrayBuffer>,
  compression: Compression = "",
): LayerInput {
  const blob = compress(archive, compression);
  return {
    descriptor: {
      mediaType: `${MEDIA_TYPE}.layer.v1.tar${compression}`,
      digest: digestOf(blob),
      size: blob.length,
    },
    diffId: digestOf(archive),
    async *open() {
      // In pieces whose bounds are nowhere in particular.
      for (let start = 0; start < blob.length; start += 65_521) {
        yield blob.slice(start, start + 65_521);
      }
    },
  };
}

function compress(
  archive: Uint8Array<ArrayBuffer>,
  compression: Compression,
): Uint8Array<ArrayBuffer> {
  switch (compression) {
    case "":
      return archive;
    case "+gzip":
      return new Uint8Array(gzipSync(archive, { level: 1 }));
    case "+zstd":
      return new Uint8Array(zstdCompressSync(archive));
  }
}

function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Unpacks layers into an image of ours. */
export async function writeImage(
  image: string,
  layers: readonly LayerInput[],
  options: Ext4WriterOptions = {},
): Promise<void> {
  await using writer = await Ext4Writer.create(image, options);
  await unpackLayers(writer, layers);
  await writer.finish();
}

/** Lets umoci unpack layers in the folder `work`, which is empty, and returns the root that it made. Needs root. */
export async function unpackWithUmoci(
  work: string,
  archives: readonly Uint8Array<ArrayBuffer>[],
): Promise<string> {
  const layout = `${work}/layout`;
  await Deno.mkdir(`${layout}/blobs/sha256`, { recursive: true });
  const put = async (mediaType: string, bytes: Uint8Array<ArrayBuffer>) => {
    const digest = digestOf(bytes);
    await Deno.writeFile(`${layout}/blobs/${digest.replace(":", "/")}`, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const putJson = (mediaType: string, value: unknown) =>
    put(mediaType, encoder.encode(JSON.stringify(value)));
  const layers = [];
  for (const archive of archives) {
    layers.push(await put(`${MEDIA_TYPE}.layer.v1.tar+gzip`, compress(archive, "+gzip")));
  }
  const config = await putJson(`${MEDIA_TYPE}.config.v1+json`, {
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: archives.map(digestOf) },
  });
  const manifest = await putJson(`${MEDIA_TYPE}.manifest.v1+json`, {
    schemaVersion: 2,
    config,
    layers,
  });
  await Deno.writeTextFile(`${layout}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
  const annotations = { "org.opencontainers.image.ref.name": "latest" };
  await Deno.writeTextFile(
    `${layout}/index.json`,
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  await run("umoci", ["unpack", "--image", `${layout}:latest`, `${work}/bundle`]);
  return `${work}/bundle/rootfs`;
}
