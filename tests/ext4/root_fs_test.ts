import assert from "node:assert/strict";
import type { RootFs } from "../../lib/boot/root_fs.ts";
import { Ext4 } from "../../lib/ext4/mod.ts";

const TINY = new URL("../fixtures/tiny.ext4", import.meta.url);

Deno.test("Ext4 is a root filesystem for kernel discovery", async () => {
  using filesystem = await Ext4.open(TINY);
  const rootFs: RootFs = filesystem;
  const names: string[] = [];
  for await (const { name } of rootFs.readDir("/etc")) names.push(name);
  assert.deepEqual(names.sort(), ["hostname", "os-release"]);
  assert.equal(await rootFs.readLink("/etc/os-release"), "../usr/lib/os-release");
  const text = new TextDecoder().decode(await rootFs.readFile("/etc/hostname"));
  assert.equal(text, "tiny\n");
});
