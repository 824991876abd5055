import assert from "node:assert/strict";
import { join } from "node:path";
import { makePrivateFolder } from "../../../lib/host/mod.ts";
import { temporaryFolder } from "../../vm/support/temporary_folder.ts";

Deno.test("makePrivateFolder() makes a folder that others cannot look into, with those above it", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a", "b");
  await makePrivateFolder(path, "a secret");
  await makePrivateFolder(path, "a secret");
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o700);
  assert.equal((await Deno.stat(join(folder.path, "a"))).mode! & 0o777, 0o700);
});

Deno.test("makePrivateFolder() takes a folder that others can read, and refuses one that they can write", async (t) => {
  for (const mode of [0o700, 0o755, 0o770, 0o702]) {
    await t.step(mode.toString(8), async () => {
      await using folder = await temporaryFolder();
      await Deno.chmod(folder.path, mode);
      const made = makePrivateFolder(folder.path, "a secret");
      if ((mode & 0o022) === 0) return await made;
      await assert.rejects(made, {
        code: "folder-not-private",
        message: `Cannot keep a secret in ${folder.path}: others can write to it`,
        data: { path: folder.path, isOwn: true },
      });
    });
  }
});

Deno.test("makePrivateFolder() refuses a folder of another user", async () => {
  await using folder = await temporaryFolder();
  await Deno.chown(folder.path, 65534, null);
  await assert.rejects(makePrivateFolder(folder.path, "a secret"), {
    code: "folder-not-private",
    data: { path: folder.path, isOwn: false },
  });
});
