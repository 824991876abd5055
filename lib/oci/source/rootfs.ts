import type { Descriptor } from "../documents/descriptor.ts";
import { hostPlatform, type Platform } from "../names/platform.ts";
import { BlobHash } from "./blob_hash.ts";
import { type Compression, decompressed } from "./compression.ts";
import type { ImageSource } from "./image_source.ts";
import { MadeImage } from "./made_image.ts";
import { MEDIA_TYPES } from "./media_types.ts";
import { spool } from "./spool.ts";
import type { StoredFile } from "./stored_file.ts";

/** What is said of an image that is made out of a root filesystem. */
export interface RootfsOptions {
  /** What it runs on (default: what this computer's processor runs). */
  readonly platform?: Platform | undefined;
  /** When it was made: the configuration says so, and with it the digests change. */
  readonly created: Date;
  /** Ends it when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes an image of one layer out of an archive of a root filesystem. An archive that is compressed as layers may be is
 * the layer as it is.
 *
 * @param file The archive. It is closed with the source, also if this fails.
 * @param compression How it is compressed.
 * @param options What is said of the image. The same archive and options give the same digests.
 * @throws {SnapvmError} `source-unreadable` if the archive cannot be unpacked.
 */
export async function openRootfs(
  file: StoredFile,
  compression: Compression,
  options: RootfsOptions,
): Promise<ImageSource> {
  try {
    if (compression === "xz") {
      return await openRootfs(await unpack(file, options), "none", options);
    }
    const { platform = hostPlatform(), signal } = options;
    const { descriptor, diffId } = await describe(file, compression, signal);
    return await MadeImage.of({
      name: file.name,
      reference: undefined,
      platform,
      config: encodeConfig(platform, diffId, options.created),
      layers: [{
        descriptor,
        open: ({ offset = 0, signal }) => file.chunks(offset, file.size - offset, signal),
      }],
      close: () => Promise.resolve(file[Symbol.dispose]()),
    });
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}

/** Layers are not compressed with xz. */
async function unpack(file: StoredFile, { signal }: RootfsOptions): Promise<StoredFile> {
  const chunks = file.chunks(0, file.size, signal);
  const unpacked = await spool(
    decompressed("xz", chunks, file.name, signal),
    file.name,
    signal,
  );
  file[Symbol.dispose]();
  return unpacked;
}

async function describe(
  file: StoredFile,
  compression: "gzip" | "zstd" | "none",
  signal?: AbortSignal,
): Promise<{ descriptor: Descriptor; diffId: string }> {
  const blob = new BlobHash();
  const chunks = blob.through(file.chunks(0, file.size, signal));
  if (compression === "none") {
    for await (const _ of chunks);
    const { digest, size } = blob.result();
    return { descriptor: { mediaType: MEDIA_TYPES.layer, digest, size }, diffId: digest };
  }
  const archive = new BlobHash();
  for await (const _ of archive.through(decompressed(compression, chunks, file.name, signal)));
  return {
    descriptor: { mediaType: `${MEDIA_TYPES.layer}+${compression}`, ...blob.result() },
    diffId: archive.result().digest,
  };
}

function encodeConfig(
  { os, architecture, variant }: Platform,
  diffId: string,
  date: Date,
): Uint8Array<ArrayBuffer> {
  const created = date.toISOString().replace(/\.\d+Z$/, "Z");
  return new TextEncoder().encode(JSON.stringify({
    created,
    architecture,
    ...(variant !== undefined && { variant }),
    os,
    config: {},
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created, created_by: "snapvm import" }],
  }));
}
