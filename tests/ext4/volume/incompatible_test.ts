import assert from "node:assert/strict";
import { Ext4, Incompatible } from "../../../lib/ext4/mod.ts";
import { withImage } from "../support/make_image.ts";
import { run } from "../support/programs.ts";

const EXT4_ENCRYPT_FL = 0x800;
const EXT4_EXTENTS_FL = 0x80000;

function isFeature(feature: string): (error: unknown) => boolean {
  return (error) => error instanceof Incompatible && error.feature === feature;
}

Deno.test("Ext4 reads what is not encrypted, and says that the rest is", async () => {
  const fill = (folder: string) => {
    Deno.writeTextFileSync(`${folder}/plain`, "text");
    Deno.writeTextFileSync(`${folder}/file`, "text");
    Deno.symlinkSync("plain", `${folder}/link`);
    Deno.mkdirSync(`${folder}/folder`);
    Deno.writeTextFileSync(`${folder}/folder/name`, "text");
  };
  const extents = EXT4_ENCRYPT_FL | EXT4_EXTENTS_FL;
  const commands = [
    `sif file flags ${extents}`,
    `sif folder flags ${extents}`,
    `sif link flags ${EXT4_ENCRYPT_FL}`,
  ];
  const options = ["-t", "ext4", "-O", "^has_journal,encrypt"];
  await withImage({ options, fill, commands }, async (image) => {
    using filesystem = await Ext4.open(image);
    assert.equal(await filesystem.readTextFile("/plain"), "text");
    assert.equal((await filesystem.lstat("/file")).size, 4);
    assert.ok((await filesystem.lstat("/folder")).isDirectory);
    const encrypted: Promise<unknown>[] = [
      filesystem.readFile("/file"),
      Array.fromAsync(filesystem.read("/file")),
      Array.fromAsync(filesystem.dataRanges("/file")),
      filesystem.readLink("/link"),
      filesystem.stat("/link"),
      Array.fromAsync(filesystem.readDir("/folder")),
      filesystem.stat("/folder/name"),
    ];
    for (const action of encrypted) await assert.rejects(action, isFeature("encrypt"));
    const entries = await Array.fromAsync(filesystem.walk());
    const dead = entries.filter(({ error }) => error !== undefined);
    assert.deepEqual(dead.map(({ path }) => path), ["/folder"]);
    assert.ok(isFeature("encrypt")(dead[0]?.error));
    assert.ok(entries.some(({ path, info }) => path === "/folder" && info?.isDirectory));
  });
});

Deno.test("Ext4.open() refuses another filesystem's journal", async () => {
  const image = await Deno.makeTempFile({ prefix: "snapvm-journal-" });
  try {
    await run("mke2fs", ["-q", "-F", "-b", "1024", "-O", "journal_dev", image, "2M"]);
    await assert.rejects(Ext4.open(image), isFeature("journal_dev"));
  } finally {
    await Deno.remove(image);
  }
});

Deno.test("Ext4.open() needs a journal on another device only if it has to be replayed", async () => {
  const options = ["-t", "ext4", "-b", "1024", "-O", "^has_journal,^metadata_csum"];
  await withImage({ options }, async (image) => {
    const bytes = await Deno.readFile(image);
    const view = new DataView(bytes.buffer, 1024);
    view.setUint32(0x5c, view.getUint32(0x5c, true) | 0x4, true);
    view.setUint32(0xe4, 0x0801, true);
    await Deno.writeFile(image, bytes);
    using filesystem = await Ext4.open(image);
    assert.deepEqual((await filesystem.lstat("/")).isDirectory, true);
    view.setUint32(0x60, view.getUint32(0x60, true) | 0x4, true);
    await Deno.writeFile(image, bytes);
    await assert.rejects(Ext4.open(image), isFeature("external_journal"));
  });
});
