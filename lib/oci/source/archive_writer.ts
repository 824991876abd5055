import { PartialOutput, unwritable, writeAll } from "../../host/mod.ts";
import type { Descriptor } from "../documents/descriptor.ts";
import { parseDigest } from "../blob/digest.ts";
import { tarEnd, tarHeader, type TarMember, tarPadding } from "../layer/tar_header.ts";
import { verifiedBlob } from "../layer/verified_blob.ts";
import { type ArchivePlan, planArchive } from "./archive_plan.ts";
import type { ImageSource } from "./image_source.ts";
import { MEDIA_TYPES } from "./media_types.ts";
import type { ByteWriter, WriteOciArchiveOptions } from "./write_options.ts";

const encoder = new TextEncoder();

/** Writes an image's archive to a file, which appears whole or not at all. */
export async function writeArchiveFile(
  source: ImageSource,
  path: string,
  options: WriteOciArchiveOptions,
): Promise<Descriptor> {
  await using output = await PartialOutput.begin(path);
  let root: Descriptor;
  {
    using file = await Deno.create(output.path).catch((cause) => {
      throw unwritable(path, cause);
    });
    const writer = {
      write: (bytes: Uint8Array) =>
        file.write(bytes).catch((cause) => {
          throw unwritable(path, cause);
        }),
    };
    root = await writeArchiveTo(source, writer, options);
    await file.syncData().catch((cause) => {
      throw unwritable(path, cause);
    });
  }
  await output.commit();
  return root;
}

/** Writes an image's archive. The list of its images comes last: without it, it is no archive of an image. */
export async function writeArchiveTo(
  source: ImageSource,
  writer: ByteWriter,
  options: WriteOciArchiveOptions,
): Promise<Descriptor> {
  const { platform, reference, signal, onProgress } = options;
  const plan = await planArchive(source, platform, signal);
  const size = sizeOf(plan);
  let done = 0;
  const addProgress = (count: number) => {
    done += count;
    onProgress?.({ done, size });
  };

  await writeFile(writer, "oci-layout", encoder.encode(`{"imageLayoutVersion":"1.0.0"}`));
  await writeAll(writer, header("blobs/", "directory", 0));
  for (const algorithm of algorithmsOf(plan)) {
    await writeAll(writer, header(`blobs/${algorithm}/`, "directory", 0));
  }
  const written = new Set<string>();
  for (const { descriptor, bytes } of plan.documents) {
    if (written.has(descriptor.digest)) continue;
    written.add(descriptor.digest);
    signal?.throwIfAborted();
    await writeFile(writer, blobPath(descriptor), bytes);
    addProgress(bytes.length);
  }
  for (const layer of plan.layers) {
    if (written.has(layer.digest)) continue;
    await writeAll(writer, header(blobPath(layer), "file", layer.size));
    for await (const chunk of verifiedBlob(source.openBlob(layer, { signal }), layer)) {
      signal?.throwIfAborted();
      await writeAll(writer, chunk);
      addProgress(chunk.length);
    }
    await writeAll(writer, tarPadding(layer.size));
  }
  await writeFile(writer, "index.json", indexJson(plan.root, reference));
  await writeAll(writer, tarEnd);
  return plan.root;
}

function sizeOf({ documents, layers }: ArchivePlan): number {
  const blobs = [...documents.map(({ descriptor }) => descriptor), ...layers];
  const sizes = new Map(blobs.map(({ digest, size }) => [digest, size]));
  return sizes.values().reduce((sum, size) => sum + size, 0);
}

function algorithmsOf({ documents, layers }: ArchivePlan): string[] {
  const blobs = [...documents.map(({ descriptor }) => descriptor), ...layers];
  return [...new Set(blobs.map(({ digest }) => parseDigest(digest).algorithm))].sort();
}

function blobPath({ digest }: Descriptor): string {
  const { algorithm, encoded } = parseDigest(digest);
  return `blobs/${algorithm}/${encoded}`;
}

/**
 * The list of images. Skopeo and podman look for the whole reference in the first annotation, containerd and Docker in
 * the second.
 */
function indexJson(root: Descriptor, reference: string | undefined): Uint8Array<ArrayBuffer> {
  const annotations = reference === undefined ? root.annotations : {
    ...root.annotations,
    "org.opencontainers.image.ref.name": reference,
    "io.containerd.image.name": reference,
  };
  return encoder.encode(JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.index,
    manifests: [{ ...root, ...(annotations !== undefined && { annotations }) }],
  }));
}

async function writeFile(
  writer: ByteWriter,
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  await writeAll(writer, header(path, "file", bytes.length));
  await writeAll(writer, bytes);
  await writeAll(writer, tarPadding(bytes.length));
}

/** All times are the same, so that the same image gives the same bytes. */
function header(path: string, type: TarMember["type"], size: number): Uint8Array<ArrayBuffer> {
  return tarHeader({
    path: encoder.encode(path),
    type,
    mode: type === "directory" ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    size,
    mtimeNs: 0n,
  });
}
