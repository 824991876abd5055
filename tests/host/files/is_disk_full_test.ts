import assert from "node:assert/strict";
import { isDiskFull, syncFolder, writeAll } from "../../../lib/host/mod.ts";
import { run, withFolder } from "../../store/support/test_store.ts";

Deno.test("isDiskFull() knows the system's error for a full disk, also as a cause, and no other", () =>
  withFolder(async (folder) => {
    await run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder);
    try {
      using file = await Deno.open(`${folder}/file`, { write: true, create: true });
      const error = await writeAll(file, new Uint8Array(1 << 17)).catch((error) => error);
      assert.ok(isDiskFull(error), `${error}`);
      assert.ok(isDiskFull(new Error("Cannot write", { cause: error })));
      const other = await Deno.open(`${folder}/missing`).catch((error) => error);
      for (const each of [other, new Error("No space left on device"), undefined, "ENOSPC"]) {
        assert.ok(!isDiskFull(each), `${each}`);
      }
      await syncFolder(folder);
    } finally {
      await run("umount", "--lazy", folder);
    }
  }));
