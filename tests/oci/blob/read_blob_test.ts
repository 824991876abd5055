import assert from "node:assert/strict";
import { join } from "node:path";
import { readBlob, sha256Digest } from "../../../lib/oci/mod.ts";

/** Runs a test on an empty folder of blobs. */
async function withBlobs(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(folder, "sha256"));
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const bytes = new TextEncoder().encode("content");
const digest = await sha256Digest(bytes);
const path = digest.replace(":", "/");

Deno.test("readBlob() gives the bytes of a blob", () =>
  withBlobs(async (folder) => {
    await Deno.writeFile(join(folder, path), bytes);
    assert.deepEqual(await readBlob(folder, digest), bytes);
  }));

Deno.test("readBlob() throws NotFound if there is no such blob", () =>
  withBlobs(async (folder) => {
    await assert.rejects(readBlob(folder, digest), Deno.errors.NotFound);
  }));

Deno.test("readBlob() refuses bytes that have another digest", () =>
  withBlobs(async (folder) => {
    await Deno.writeFile(join(folder, path), bytes.subarray(1));
    await assert.rejects(readBlob(folder, digest), { code: "corrupt-blob", data: { digest } });
  }));

Deno.test("readBlob() refuses a blob over the limit without reading it", () =>
  withBlobs(async (folder) => {
    const file = await Deno.create(join(folder, path));
    await file.truncate(1024 ** 4);
    file.close();
    await assert.rejects(readBlob(folder, digest), /larger than 4194304 bytes/);
    await assert.rejects(readBlob(folder, digest, 100), /larger than 100 bytes/);
  }));

Deno.test("readBlob() refuses a folder and a FIFO in place of a blob", () =>
  withBlobs(async (folder) => {
    await Deno.mkdir(join(folder, path));
    await assert.rejects(readBlob(folder, digest), { code: "corrupt-blob", data: { digest } });
    await Deno.remove(join(folder, path));
    await new Deno.Command("mkfifo", { args: [join(folder, path)] }).output();
    await assert.rejects(readBlob(folder, digest), { code: "corrupt-blob", data: { digest } });
  }));

Deno.test("readBlob() refuses a digest that it cannot verify", () =>
  withBlobs(async (folder) => {
    await assert.rejects(readBlob(folder, "sha512:" + "0".repeat(128)), { code: "invalid-digest" });
    await assert.rejects(readBlob(folder, "sha256:../../x"), { code: "invalid-digest" });
  }));
