import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { Ext4 } from "../../../lib/ext4/mod.ts";
import { type Descriptor, type Platform, sha256Digest } from "../../../lib/oci/mod.ts";
import { type SnapshotPatch, snapshotPatches, type Store } from "../../../lib/store/mod.ts";

export const AMD64: Platform = { os: "linux", architecture: "amd64" };
export const ARM64: Platform = { os: "linux", architecture: "arm64", variant: "v8" };

const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** A store that a test makes. */
export class TestStore implements Store {
  readonly root: string;
  readonly kind: "apple" | "snapvm";
  readonly #state: Record<string, unknown> = {};

  constructor(root: string, kind: "apple" | "snapvm" = "apple") {
    this.root = root;
    this.kind = kind;
  }

  /** Where a blob is. */
  blobPath(digest: string): string {
    return join(this.root, "content", "blobs", digest.replace(":", "/"));
  }

  /** Writes a JSON blob. */
  async blob(mediaType: string, value: unknown): Promise<Descriptor> {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    const digest = await sha256Digest(bytes);
    await Deno.mkdir(dirname(this.blobPath(digest)), { recursive: true });
    await Deno.writeFile(this.blobPath(digest), bytes);
    return { mediaType, digest, size: bytes.length };
  }

  /** Writes the manifest and configuration of a platform. Another `salt` gives another digest. */
  async manifest(platform: Platform, salt: string = ""): Promise<Descriptor> {
    const config = await this.blob("application/vnd.oci.image.config.v1+json", {
      created: "2026-11-22T00:00:00Z",
      ...platform,
      config: { Labels: { salt } },
      rootfs: { type: "layers", diff_ids: [] },
    });
    const manifest = { schemaVersion: 2, mediaType: MANIFEST, config, layers: [] };
    return { ...await this.blob(MANIFEST, manifest), platform };
  }

  /** Writes an index and gives it a reference. */
  async index(
    reference: string,
    manifests: readonly Descriptor[],
    annotations: Record<string, string> = {},
    builtAs?: string,
  ): Promise<Descriptor> {
    const index = { schemaVersion: 2, mediaType: INDEX, manifests, annotations };
    const descriptor = {
      ...await this.blob(INDEX, index),
      ...(builtAs === undefined
        ? {}
        : { annotations: { "com.apple.containerization.image.name": builtAs } }),
    };
    await this.reference(reference, descriptor);
    return descriptor;
  }

  /** Writes an entry of `state.json`. */
  async reference(reference: string, descriptor: unknown): Promise<void> {
    this.#state[reference] = descriptor;
    // As Swift's JSONEncoder writes it.
    const json = JSON.stringify(this.#state).replaceAll("/", "\\/");
    await Deno.mkdir(this.root, { recursive: true });
    await Deno.writeTextFile(join(this.root, "state.json"), json);
  }

  /** The folder of a manifest's snapshot. */
  snapshotFolder({ digest }: { readonly digest: string }): string {
    return join(this.root, "snapshots", digest.replace("sha256:", ""));
  }

  /** Makes the snapshot of a manifest: an empty ext4 filesystem. */
  async snapshot(manifest: { readonly digest: string }): Promise<string> {
    const path = join(this.snapshotFolder(manifest), "snapshot");
    await Deno.mkdir(dirname(path), { recursive: true });
    await makeExt4(path);
    return path;
  }

  /** Makes an image for some platforms, each with its snapshot. */
  async image(reference: string, ...platforms: Platform[]): Promise<Descriptor[]> {
    const manifests = await Promise.all(
      platforms.map((platform) => this.manifest(platform, reference)),
    );
    await Promise.all(manifests.map((manifest) => this.snapshot(manifest)));
    await this.index(reference, manifests);
    return manifests;
  }
}

/** Runs a test with a folder that is removed afterwards. */
export async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a test with an empty store. */
export function withStore(test: (store: TestStore) => Promise<void>): Promise<void> {
  return withFolder((folder) => test(new TestStore(join(folder, "store"))));
}

/** Makes an ext4 filesystem of 8 MiB. */
export async function makeExt4(path: string, ...options: string[]): Promise<void> {
  await run("mke2fs", "-q", "-F", "-t", "ext4", ...options, path, "8M");
}

/** Runs a program and gives what it wrote to standard output. */
export async function run(program: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  assert(success, `${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** The patches of the snapshot at `path`. */
export async function patchesOf(path: string): Promise<SnapshotPatch[]> {
  using filesystem = await Ext4.open(path);
  return snapshotPatches(filesystem.superblock);
}
