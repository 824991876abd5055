/**
 * `snapvm check` of 112,440 small files, beside what has to be read for it: `e2fsck -fn` of the snapshot and a list of
 * the layer.
 *
 * @module
 */

import { join } from "node:path";

import { Ext4Writer } from "../../lib/ext4/mod.ts";
import { sha256Digest, unpackLayers } from "../../lib/oci/mod.ts";
import { type BenchImage, benchImage } from "./layers.ts";
import type { Measurement } from "./measurement.ts";
import { type CommandLine, peakMemory, snapvm, wallTimes } from "./process.ts";

const MIB = 2 ** 20;
const INDEX = "application/vnd.oci.image.index.v1+json";

/** Measures it in `folder`, an empty one. */
export async function measureCheck(folder: string): Promise<Measurement[]> {
  const image = await benchImage("small");
  const snapshot = await makeStore(folder, image);
  const platform = "linux/amd64";
  const check = snapvm("check", "small", "--store", folder, "--platform", platform);
  const peers: { fsck: CommandLine; list: CommandLine } = {
    fsck: ["sh", "-c", 'e2fsck -fn "$0" >/dev/null 2>&1', snapshot],
    list: ["sh", "-c", 'zcat "$0" | tar t >/dev/null', image.layers[0]!.path],
  };
  const times = await wallTimes({ check, ...peers }, 3);
  const memory = await peakMemory(check, 1);
  return [
    {
      name: "check of 112,440 small files",
      value: times.check / 1000,
      unit: "s",
      reason: `e2fsck -fn: ${(times.fsck / 1000).toFixed(1)} s; zcat | tar t: ${
        (times.list / 1000).toFixed(1)
      } s; it reads and digests every content twice, once on each side`,
    },
    { name: "check of 112,440 small files: peak memory", value: memory / MIB, unit: "MiB" },
  ];
}

/** Makes a store with the image and its snapshot, and returns the snapshot's path. */
async function makeStore(folder: string, { layout, layers }: BenchImage): Promise<string> {
  const { manifests } = JSON.parse(await Deno.readTextFile(join(layout, "index.json")));
  const manifest = { ...manifests[0], platform: { os: "linux", architecture: "amd64" } };
  const bytes = new TextEncoder().encode(
    JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [manifest] }),
  );
  const index = { mediaType: INDEX, digest: await sha256Digest(bytes), size: bytes.length };
  const blobs = join(folder, "content/blobs/sha256");
  await Deno.mkdir(blobs, { recursive: true });
  for (const { name } of Deno.readDirSync(join(layout, "blobs/sha256"))) {
    await Deno.symlink(join(layout, "blobs/sha256", name), join(blobs, name));
  }
  await Deno.writeFile(join(blobs, index.digest.slice(7)), bytes);
  const state = { "docker.io/library/small:latest": index };
  await Deno.writeTextFile(join(folder, "state.json"), JSON.stringify(state));

  const snapshot = join(folder, "snapshots", manifest.digest.slice(7), "snapshot");
  await Deno.mkdir(join(snapshot, ".."), { recursive: true });
  await using writer = await Ext4Writer.create(snapshot, { headroom: 2 ** 28 });
  await unpackLayers(
    writer,
    layers.map(({ path, mediaType, digest, size, diffId }) => ({
      descriptor: { mediaType, digest, size },
      diffId,
      open: () => readFile(path),
    })),
  );
  await writer.finish();
  return snapshot;
}

async function* readFile(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  using file = await Deno.open(path);
  for (;;) {
    const bytes = new Uint8Array(MIB);
    const size = await file.read(bytes);
    if (size === null) return;
    yield bytes.subarray(0, size);
  }
}
