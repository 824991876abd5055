/**
 * Images made by other people's programs, and what a source says of one.
 *
 * @module
 */
import { createHash } from "node:crypto";
import {
  type Descriptor,
  type ImageSource,
  type Manifest,
  parseImageConfig,
  parseManifest,
} from "../../../../lib/oci/mod.ts";

/** Calls `use` with a new folder for files, and with `TMPDIR` set to another one, in which nothing may be left. */
export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "snapvm-source-" }));
  const before = Deno.env.get("TMPDIR");
  const temporary = `${folder}.tmp`;
  await Deno.mkdir(temporary);
  Deno.env.set("TMPDIR", temporary);
  try {
    await use(folder);
    const left = await Array.fromAsync(Deno.readDir(temporary));
    if (left.length > 0) throw new Error(`left behind: ${left.map(({ name }) => name)}`);
  } finally {
    if (before === undefined) Deno.env.delete("TMPDIR");
    else Deno.env.set("TMPDIR", before);
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(temporary, { recursive: true });
  }
}

/** Runs a shell script in a folder, and gives its standard output; throws its error output if it fails. */
export async function sh(
  folder: string,
  script: string,
  env: Record<string, string> = {},
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-euo", "pipefail", "-c", script],
    cwd: folder,
    env: { LC_ALL: "C", ...env },
    stdin: "null",
  }).output();
  if (code !== 0) throw new Error(`${script}: ${code}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** Makes `tree`, a small root filesystem, and `layout` with the images `v1` and `v2`, both of two layers. */
export async function makeLayout(folder: string): Promise<void> {
  await sh(
    folder,
    `mkdir -p tree/etc tree/usr/bin
     echo hello >tree/etc/hostname
     head -c 300000 /dev/urandom >tree/usr/bin/program
     ln tree/usr/bin/program tree/usr/bin/again
     ln -s usr/bin tree/bin
     umoci init --layout layout
     umoci new --image layout:v1
     umoci unpack --image layout:v1 bundle
     cp -a tree/. bundle/rootfs/
     umoci repack --image layout:v1 bundle
     umoci config --image layout:v1 --os linux --architecture arm64
     umoci insert --image layout:v1 tree/etc/hostname /etc/second
     umoci tag --image layout:v1 v2
     umoci insert --image layout:v2 tree/etc/hostname /etc/third`,
  );
}

/** What a source says of an image of one platform, its layers verified. */
export interface ReadImage {
  readonly reference: string | undefined;
  /** The manifest as text. */
  readonly raw: string;
  readonly digest: string;
  readonly manifest: Manifest;
  readonly diffIds: readonly string[];
  readonly platform: string;
}

/** Reads an image whole, and verifies the digest of everything in it. */
export async function readImage(source: ImageSource): Promise<ReadImage> {
  const root = await source.root();
  verify(root.descriptor, sha256(root.bytes), root.bytes.length);
  const manifest = parseManifest(root.bytes);
  const config = await source.document(manifest.config);
  verify(manifest.config, sha256(config.bytes), config.bytes.length);
  for (const layer of manifest.layers) {
    const hash = createHash("sha256");
    let size = 0;
    for await (const chunk of source.openBlob(layer)) {
      hash.update(chunk);
      size += chunk.length;
    }
    verify(layer, `sha256:${hash.digest("hex")}`, size);
  }
  const { os, architecture, rootfs } = parseImageConfig(config.bytes);
  return {
    reference: source.reference,
    raw: new TextDecoder().decode(root.bytes),
    digest: root.descriptor.digest,
    manifest,
    diffIds: rootfs.diff_ids,
    platform: `${os}/${architecture}`,
  };
}

/** The sha256 digest of some bytes, as a descriptor has it. */
export function sha256(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function verify({ digest, size }: Descriptor, actual: string, actualSize: number): void {
  if (digest !== actual || size !== actualSize) {
    throw new Error(`${digest} of ${size} bytes is ${actual} of ${actualSize}`);
  }
}
