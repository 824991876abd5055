import assert from "node:assert/strict";
import { join } from "node:path";
import { HostFolder } from "../../lib/boot/mod.ts";
import { withFolder } from "./support/programs.ts";
import { plant, type Tree } from "./support/trees.ts";

const TREE: Tree = {
  "root/etc/hostname": "inside",
  "root/absolute": { link: "/etc/hostname" },
  "root/upwards": { link: "../../../../../../etc/hostname" },
  "root/folder": { link: "/etc/../etc/." },
  "root/through": { link: "folder/hostname" },
  "root/outside": { link: "../secret" },
  "root/round": { link: "round" },
  "root/dangling": { link: "nowhere" },
  "secret": "outside",
};

async function withTree(use: (root: HostFolder) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await plant(folder, TREE);
    await use(new HostFolder(join(folder, "root")));
  });
}

Deno.test("HostFolder.readFile() follows links inside the folder only", async () => {
  await withTree(async (root) => {
    const inside = [
      "/etc/hostname",
      "etc//./hostname",
      "/absolute",
      "/upwards",
      "/folder/hostname",
    ];
    for (const path of [...inside, "/through", "/../etc/hostname", "/folder/../../etc/hostname"]) {
      assert.equal(new TextDecoder().decode(await root.readFile(path)), "inside", path);
    }
    for (const path of ["/outside", "/../secret", "/dangling", "/dangling/x"]) {
      await assert.rejects(root.readFile(path), Deno.errors.NotFound, path);
    }
    await assert.rejects(root.readFile("/round"), Deno.errors.FilesystemLoop);
    await assert.rejects(root.readFile("/etc/hostname/x"), Deno.errors.NotADirectory);
  });
});

Deno.test("HostFolder.lstat() and readLink() look at a link itself", async () => {
  await withTree(async (root) => {
    assert.equal((await root.lstat("/outside")).isSymlink, true);
    assert.equal(await root.readLink("/outside"), "../secret");
    assert.equal((await root.stat("/folder")).isDirectory, true);
    assert.equal((await root.stat("/absolute")).size, 6);
  });
});

Deno.test("HostFolder.readDir() lists what is there", async () => {
  await withTree(async (root) => {
    assert.deepEqual((await Array.fromAsync(root.readDir("/folder"))).map(({ name }) => name), [
      "hostname",
    ]);
    await assert.rejects(Array.fromAsync(root.readDir("/etc/hostname")));
  });
});

Deno.test("HostFolder.read() gives the part of a file that is asked for", async () => {
  await withTree(async (root) => {
    const rows = [[{}, "inside"], [{ offset: 2 }, "side"], [{ offset: 1, length: 3 }, "nsi"], [
      { offset: 9 },
      "",
    ], [{ length: 0 }, ""]] as const;
    for (const [range, expected] of rows) {
      let text = "";
      for await (const chunk of root.read("/absolute", range)) {
        text += new TextDecoder().decode(chunk);
      }
      assert.equal(text, expected, JSON.stringify(range));
    }
  });
});
