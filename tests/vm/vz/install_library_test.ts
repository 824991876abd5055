import assert from "node:assert/strict";
import { join } from "node:path";
import { libraryBytes } from "../../../ffi/mod.ts";
import { installLibrary } from "../../../lib/vm/vz/install_library.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("installLibrary() puts the library into a private folder, once", async () => {
  await using folder = await temporaryFolder();
  const cache = join(folder.path, "a", "b");
  const path = await installLibrary(cache);
  assert.deepEqual(await Deno.readFile(path), await libraryBytes());
  assert.equal((await Deno.stat(cache)).mode! & 0o777, 0o700);
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o500);
  const { ino } = await Deno.stat(path);
  assert.equal(await installLibrary(cache), path);
  assert.equal((await Deno.stat(path)).ino, ino);
  assert.deepEqual(Array.from(Deno.readDirSync(cache)).length, 1);
});

Deno.test("installLibrary() replaces a library whose bytes have changed", async () => {
  await using folder = await temporaryFolder();
  const path = await installLibrary(join(folder.path, "cache"));
  await Deno.remove(path);
  await Deno.writeTextFile(path, "something else");
  assert.equal(await installLibrary(join(folder.path, "cache")), path);
  assert.deepEqual(await Deno.readFile(path), await libraryBytes());
});

Deno.test("installLibrary() works for many at once", async () => {
  await using folder = await temporaryFolder();
  const cache = join(folder.path, "cache");
  const paths = await Promise.all(Array.from({ length: 20 }, () => installLibrary(cache)));
  assert.equal(new Set(paths).size, 1);
  assert.deepEqual(Array.from(Deno.readDirSync(cache)).length, 1);
});

Deno.test("installLibrary() does not use a folder that others can write to", async () => {
  await using folder = await temporaryFolder();
  const cache = join(folder.path, "cache");
  await Deno.mkdir(cache);
  await Deno.chmod(cache, 0o777);
  await assert.rejects(installLibrary(cache), {
    code: "folder-not-private",
    message:
      `Cannot keep the library for Virtualization.framework in ${cache}: others can write to it`,
    data: { path: cache, isOwn: true },
  });
});
