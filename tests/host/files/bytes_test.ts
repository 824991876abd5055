import assert from "node:assert/strict";
import { join } from "node:path";
import { readAt, writeAll, writeAllSync, writeAt } from "../../../lib/host/mod.ts";
import { temporaryFolder } from "../../vm/support/temporary_folder.ts";

/** A target that takes at most three bytes at once. */
function slowTarget() {
  const taken: number[] = [];
  const writeSync = (bytes: Uint8Array) => {
    taken.push(...bytes.subarray(0, 3));
    return Math.min(3, bytes.length);
  };
  const write = (bytes: Uint8Array) => Promise.resolve(writeSync(bytes));
  return { taken, write, writeSync };
}

Deno.test("writeAll() and writeAllSync() write what a target takes only in pieces", async () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7);
  const target = slowTarget();
  await writeAll(target, bytes);
  writeAllSync(target, bytes);
  assert.deepEqual(target.taken, [...bytes, ...bytes]);
});

Deno.test("writeAt() and readAt() know their place, and readAt() the end of the file", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  using file = await Deno.open(path, { read: true, write: true, createNew: true });
  await writeAt(file, 4, Uint8Array.of(5, 6));
  await writeAt(file, 0, Uint8Array.of(1, 2));
  assert.deepEqual(await Deno.readFile(path), Uint8Array.of(1, 2, 0, 0, 5, 6));
  const bytes = new Uint8Array(4);
  assert.equal(await readAt(file, 1, bytes), 4);
  assert.deepEqual(bytes, Uint8Array.of(2, 0, 0, 5));
  assert.equal(await readAt(file, 5, bytes), 1);
  assert.deepEqual(bytes, Uint8Array.of(6, 0, 0, 5));
  assert.equal(await readAt(file, 100, bytes), 0);
});
