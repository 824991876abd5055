import assert from "node:assert/strict";
import { makeExt4, withFolder } from "../../store/support/test_store.ts";
import { snapvm } from "../support/snapvm.ts";

Deno.test("snapvm complete prints a candidate a line, and after a tab what it is", async () => {
  const { status, stdout, stderr } = await snapvm(["complete", "--", "fs", "t"]);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  assert.equal(
    stdout,
    "tar\twrite a folder to standard output as a tar archive\n" +
      "tree\tdraw a folder with all that is below it\n",
  );
});

Deno.test("snapvm complete leaves out names that would be several candidates, or none", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/files/etc`, { recursive: true });
    for (const name of ["plain", "two\nlines", "with\ttab", ".hidden"]) {
      await Deno.writeTextFile(`${folder}/files/${name}`, "");
    }
    await Deno.symlink("etc", `${folder}/files/link`);
    await Deno.symlink("nowhere", `${folder}/files/dead`);
    const image = `${folder}/image`;
    await makeExt4(image, "-d", `${folder}/files`);
    const names = async (typed: string) =>
      (await snapvm(["complete", "--", "fs", "ls", `${image}:/${typed}`])).stdout
        .replaceAll(`${image}:/`, "").trimEnd().split("\n");
    assert.deepEqual(await names(""), ["dead", "etc/", "link/", "lost+found/", "plain"]);
    assert.deepEqual(await names("."), [".hidden"]);
    assert.deepEqual(await names("l"), ["link/", "lost+found/"]);
  });
});

Deno.test("snapvm complete is silent about what is wrong", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/broken`, "no filesystem");
    for (
      const words of [
        [],
        ["fs", "ls", `${folder}/broken:/`],
        ["run", "--store", `${folder}/nowhere`, ""],
        ["fs", "ls", "--platform", "nonsense", `${folder}/broken:/`],
        ["kernel", "-o", `${folder}/nowhere/`],
      ]
    ) {
      const { status, stderr } = await snapvm(["complete", "--", ...words]);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    }
  });
});
