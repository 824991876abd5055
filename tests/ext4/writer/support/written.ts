import assert from "node:assert/strict";

import { type Ext4Metadata, Ext4Writer, type Ext4WriterOptions } from "../../../../lib/ext4/mod.ts";
import type { LayerTarget } from "../../../../lib/oci/mod.ts";
import { run } from "../../support/programs.ts";

/** What all images of the tests have in common, so that the same calls make the same bytes. */
export const FIXED: Ext4WriterOptions = {
  uuid: "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
  hashSeed: "5b4e28ba-2fa1-11d2-883f-0016d3cca428",
  time: { seconds: 1_700_000_000, nanoseconds: 5 },
};

/** Plain metadata. */
export const PLAIN: Ext4Metadata = {
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: { seconds: 1_600_000_000, nanoseconds: 123_456_789 },
};

const encoder = new TextEncoder();

/** The bytes of a name. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Writes an image that lasts as long as `use`, and lets `e2fsck` check it before. */
export async function withWritten<Result>(
  options: Ext4WriterOptions,
  fill: (writer: Ext4Writer) => void | Promise<void>,
  use: (image: string) => Result | Promise<Result>,
): Promise<Result> {
  const image = await Deno.makeTempFile({ prefix: "snapvm-writer-", suffix: ".ext4" });
  try {
    await using writer = await Ext4Writer.create(image, { ...FIXED, ...options });
    // Layers are unpacked into it, though neither room knows of the other.
    const target: LayerTarget = writer;
    assert.equal(target.root, writer.root);
    await fill(writer);
    await writer.finish();
    await check(image);
    return await use(image);
  } finally {
    await Deno.remove(image);
  }
}

/** Lets `e2fsck` find every fault of an image. */
export async function check(image: string): Promise<void> {
  await run("e2fsck", ["-f", "-n", image]);
}
