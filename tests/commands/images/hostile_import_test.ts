/**
 * `snapvm import` as a user has it, where something is wrong: a disk that is too small, an archive that is much larger
 * than it looks, and one that is cut short.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { tarEnd, tarHeader, tarPadding } from "../../../lib/oci/mod.ts";
import { runSnapvm } from "../../e2e/support/snapvm.ts";
import { run } from "../../ext4/support/programs.ts";
import { packLayer } from "../../store/oracle/support/layers.ts";

const MIB = 1024 * 1024;
const encoder = new TextEncoder();

Deno.test("snapvm import on a disk that fills up says so, and leaves what was there and nothing else", async () => {
  await withSmallDisk(48 * MIB, async (disk) => {
    const home = join(disk, "home");
    await withFolder(async (folder) => {
      const small = layoutOf(folder, "small", gzip([fileOf(1 * MIB)]));
      const first = await importInto(home, small, "small:1");
      assert.equal(first.status, 0, first.stderr);
      const before = await filesIn(home);

      const large = layoutOf(folder, "large", gzip([fileOf(100 * MIB)]));
      const { status, stderr } = await importInto(home, large, "large:1");
      assert.notEqual(status, 0);
      assert.match(stderr, /no space left|disk is full|not enough space/i);
      assert.deepEqual(await filesIn(home), before);

      const check = await runSnapvm(["store", "check"], { home });
      assert.equal(check.status, 0, check.stdout + check.stderr);
      const again = await importInto(home, small, "small:2");
      assert.equal(again.status, 0, again.stderr);
    });
  });
});

Deno.test("snapvm import of an archive that unpacks to a thousand times its size takes no more than the disk has", async () => {
  await withSmallDisk(32 * MIB, async (disk) => {
    const home = join(disk, "home");
    await withFolder(async (folder) => {
      // Text rather than zeros, which an image need not hold.
      const { status, stderr } = await importInto(home, layoutOf(folder, "bomb", bomb()), "bomb:1");
      assert.notEqual(status, 0);
      assert.match(stderr, /no space left|disk is full|not enough space/i);
      assert.deepEqual(await filesIn(home), []);
    });
  });
});

Deno.test("snapvm import of a layer that is cut short names the layer, and keeps nothing", async (t) => {
  const archive = packLayer([fileOf(2 * MIB)]);
  const blob = new Uint8Array(gzipSync(archive));
  const rows: Readonly<Record<string, Layer>> = {
    "the compressed data ends early": {
      blob: blob.slice(0, blob.length / 2),
      diffId: digestOf(archive),
    },
    "the archive ends early": layerOf(archive.slice(0, MIB)),
    "the blob is shorter than the manifest says": {
      blob: blob.slice(0, blob.length / 2),
      diffId: digestOf(archive),
      digest: digestOf(blob),
      size: blob.length,
    },
    "the archive is another one": { blob, diffId: digestOf("another") },
  };
  for (const [name, layer] of Object.entries(rows)) {
    await t.step(name, async () => {
      await withFolder(async (folder) => {
        const home = join(folder, "home");
        const { status, stderr } = await importInto(home, layoutOf(folder, "cut", layer), "cut:1");
        assert.notEqual(status, 0);
        assert.ok(stderr.includes((layer.digest ?? digestOf(layer.blob)).slice(0, 19)), stderr);
        assert.deepEqual(await filesIn(home), []);
      });
    });
  }
});

/** A layer's blob, and what is said of it. */
interface Layer {
  readonly blob: Uint8Array;
  readonly diffId: string;
  /** Default: the blob's own. */
  readonly digest?: string;
  readonly size?: number;
}

function layerOf(archive: Uint8Array): Layer {
  return { blob: gzipSync(archive, { level: 1 }), diffId: digestOf(archive) };
}

function gzip(members: Parameters<typeof packLayer>[0]): Layer {
  return layerOf(packLayer(members));
}

function fileOf(size: number): { readonly path: string; readonly data: Uint8Array } {
  return { path: "file", data: Buffer.alloc(size, "some text that is no zeros. ") };
}

/** One file of 1 GiB as gzip: one and the same 64 MiB. */
function bomb(): Layer {
  const count = 16;
  const part = Buffer.alloc(64 * MIB, "0123456789abcdef");
  const size = count * part.length;
  const header = tarHeader({
    path: encoder.encode("bomb"),
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    size,
    mtimeNs: 0n,
  });
  const end = Buffer.concat([tarPadding(size), tarEnd]);
  const hash = createHash("sha256").update(header);
  for (let nth = 0; nth < count; nth++) hash.update(part);
  const packed = gzipSync(part, { level: 9 });
  return {
    blob: Buffer.concat([
      gzipSync(header),
      ...Array.from({ length: count }, () => packed),
      gzipSync(end),
    ]),
    diffId: `sha256:${hash.update(end).digest("hex")}`,
  };
}

/** Writes an OCI layout with one layer. */
function layoutOf(folder: string, name: string, layer: Layer): string {
  const layout = join(folder, name);
  const blobs = join(layout, "blobs/sha256");
  Deno.mkdirSync(blobs, { recursive: true });
  const put = (mediaType: string, bytes: Uint8Array, digest = digestOf(bytes)) => {
    Deno.writeFileSync(join(blobs, digest.slice("sha256:".length)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const putJson = (mediaType: string, value: unknown) =>
    put(mediaType, encoder.encode(JSON.stringify(value)));
  const type = "application/vnd.oci.image";
  const stored = put(`${type}.layer.v1.tar+gzip`, layer.blob, layer.digest);
  const config = putJson(`${type}.config.v1+json`, {
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: [layer.diffId] },
  });
  const manifest = putJson(`${type}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${type}.manifest.v1+json`,
    config,
    layers: [{ ...stored, size: layer.size ?? stored.size }],
  });
  Deno.writeTextFileSync(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  Deno.writeTextFileSync(
    join(layout, "index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [manifest] }),
  );
  return layout;
}

async function importInto(home: string, layout: string, name: string) {
  return await runSnapvm(["import", layout, "--name", name], { home });
}

function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Every file below a folder that has bytes, with how much disk it takes. */
async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (path: string) => {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (isDirectory) await visit(join(path, name));
      else {
        const { blocks } = await Deno.lstat(join(path, name));
        if (blocks !== null && blocks > 0) found.push(`${join(path, name)} ${blocks}`);
      }
    }
  };
  await visit(folder).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  return found.sort();
}

/** A filesystem of its own with so much space. Needs root. */
async function withSmallDisk(size: number, use: (folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await run("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder]);
    try {
      await use(folder);
    } finally {
      await run("umount", ["--lazy", folder]);
    }
  });
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "snapvm-hostile-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
