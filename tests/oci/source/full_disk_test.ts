import assert from "node:assert/strict";
import { hasCode, openImport, openTransport, writeOciArchive } from "../../../lib/oci/mod.ts";
import { makeLayout, sh, withFolder } from "./support/images.ts";

/** Calls `use` while a folder is a filesystem of 128 KiB, and `TMPDIR`. */
async function withSmallDisk(folder: string, use: () => Promise<void>): Promise<void> {
  const before = Deno.env.get("TMPDIR") ?? "";
  await sh("/", `mkdir ${folder} && mount -t tmpfs -o size=128k none ${folder}`);
  Deno.env.set("TMPDIR", folder);
  try {
    await use();
  } finally {
    Deno.env.set("TMPDIR", before);
    await sh("/", `umount ${folder}`);
  }
}

Deno.test("a full disk is told, what was there stays, and the space comes back", async () => {
  await withFolder(async (folder) => {
    await makeLayout(folder);
    await sh(folder, "skopeo copy -q oci:layout:v1 oci-archive:one.tar && gzip one.tar");
    const disk = `${folder}/disk`;
    await withSmallDisk(disk, async () => {
      const isFull = (error: unknown) =>
        hasCode(error, "unwritable") && /: No space left on device$/.test(error.message);
      await Deno.writeTextFile(`${disk}/image.tar`, "before");
      const stdin = (await Deno.open(`${folder}/one.tar.gz`)).readable;
      await assert.rejects(openImport("-", { stdin }), isFull);
      await assert.rejects(openImport(`${folder}/one.tar.gz`), isFull);
      await assert.rejects(openImport(`${folder}/tree`), isFull);
      await using source = await openTransport(`oci:${folder}/layout:v1`);
      await assert.rejects(writeOciArchive(source, `${disk}/image.tar`), isFull);
      assert.equal(
        await sh(disk, "ls -A; cat *; df --output=used . | tail -1"),
        "image.tar\nbefore    4\n",
      );
    });
  });
});
