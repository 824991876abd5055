import assert from "node:assert/strict";
import { join } from "node:path";
import { openStores, type OpenStoresOptions } from "../../lib/store/mod.ts";
import { withFolder } from "./support/test_store.ts";

/** The roots of the stores that are found below a folder, relative to it. */
async function roots(
  folder: string,
  options: Partial<OpenStoresOptions>,
): Promise<string[]> {
  const stores = await openStores({
    os: "linux",
    cwd: folder,
    ...options,
    env: { HOME: join(folder, "home"), ...options.env },
  });
  return stores.map(({ root, kind }) => `${kind} ${root.slice(folder.length + 1)}`);
}

async function makeFolders(folder: string, ...names: string[]): Promise<void> {
  for (const name of names) await Deno.mkdir(join(folder, name), { recursive: true });
}

Deno.test("openStores() finds the stores in the order in which they are searched", () =>
  withFolder(async (folder) => {
    const support = "home/Library/Application Support";
    await makeFolders(
      folder,
      "named",
      "own-variable",
      "apple-variable",
      `${support}/com.apple.container`,
      `${support}/com.apple.containerization`,
      `${support}/snapvm/store`,
      "home/.local/share/snapvm/store",
    );
    const env = {
      SNAPVM_STORE: "own-variable",
      CONTAINER_APP_ROOT: join(folder, "apple-variable"),
    };
    assert.deepEqual(await roots(folder, { store: "named", env, os: "darwin" }), [
      "apple named",
      "apple own-variable",
      "apple apple-variable",
      `apple ${support}/com.apple.container`,
      `apple ${support}/com.apple.containerization`,
      `snapvm ${support}/snapvm/store`,
    ]);
    assert.deepEqual(await roots(folder, { store: "named", env }), [
      "apple named",
      "apple own-variable",
      "apple apple-variable",
      "snapvm home/.local/share/snapvm/store",
    ]);
  }));

Deno.test("openStores() takes an empty variable for unset and a relative path from the current folder", () =>
  withFolder(async (folder) => {
    await makeFolders(folder, "a/b", "c");
    const env = { SNAPVM_STORE: "", CONTAINER_APP_ROOT: "../c/./" };
    assert.deepEqual(await roots(folder, { env, cwd: join(folder, "a") }), ["apple c"]);
  }));

Deno.test("openStores() normalizes a path by its letters: a symlink's parent is not followed", () =>
  withFolder(async (folder) => {
    await makeFolders(folder, "elsewhere/deep", "store");
    await Deno.symlink(join(folder, "elsewhere/deep"), join(folder, "link"));
    const env = { CONTAINER_APP_ROOT: `${folder}/link/../store` };
    assert.deepEqual(await roots(folder, { env }), ["apple store"]);
  }));

Deno.test("openStores() passes over what is not there, and names a store once", () =>
  withFolder(async (folder) => {
    await makeFolders(folder, "store", "home/.local/share/snapvm/store");
    await Deno.writeTextFile(join(folder, "file"), "");
    assert.deepEqual(await roots(folder, { env: { SNAPVM_STORE: "missing" } }), [
      "snapvm home/.local/share/snapvm/store",
    ]);
    assert.deepEqual(
      await roots(folder, {
        store: "home/.local/share/snapvm/store",
        env: { SNAPVM_STORE: "store", CONTAINER_APP_ROOT: "./store/" },
      }),
      ["snapvm home/.local/share/snapvm/store", "apple store"],
    );
    assert.deepEqual(
      await roots(folder, { env: { SNAPVM_STORE: "file", SNAPVM_HOME: "none" } }),
      [],
    );
  }));

Deno.test("openStores() refuses a named store that is not a folder", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "file"), "");
    for (const store of ["missing", "file", "file/below", ""]) {
      const path = store === "" ? '""' : join(folder, store);
      await assert.rejects(roots(folder, { store }), { code: "store-not-found", data: { path } });
    }
  }));

/** Makes a `container` that answers, and gives the folder for `PATH`. */
async function makeContainer(folder: string, script: string): Promise<string> {
  const bin = join(folder, "bin");
  await Deno.mkdir(bin, { recursive: true });
  await Deno.writeTextFile(
    join(bin, "container"),
    `#!/bin/sh\necho "$*" >>"${folder}/asked"\n${script}\n`,
    { mode: 0o755 },
  );
  return bin;
}

Deno.test("openStores() asks a running container for its folder, which comes before the default one", async (t) => {
  const support = "home/Library/Application Support";
  const answer = (text: string) => `cat <<'end'\n${text}\nend`;
  const rows: { name: string; script: (folder: string) => string; finds: string[] }[] = [
    {
      name: "a folder",
      script: (folder) => answer(`{"status":"running","appRoot":"${folder}/running"}`),
      finds: ["apple running"],
    },
    {
      name: "a folder that ends with a slash",
      script: (folder) => answer(`{"appRoot":"${folder}/running/"}`),
      finds: ["apple running"],
    },
    {
      name: "the default folder",
      script: (folder) => answer(`{"appRoot":"${folder}/${support}/com.apple.container/"}`),
      finds: [],
    },
    {
      name: "a folder that is not there",
      script: (folder) => answer(`{"appRoot":"${folder}/gone"}`),
      finds: [],
    },
    {
      name: "no service",
      script: () => `${answer('{"status":"not running","appRoot":""}')}\nexit 1`,
      finds: [],
    },
    { name: "no such member", script: () => answer('{"root":"/x"}'), finds: [] },
    { name: "a member of another type", script: () => answer('{"appRoot":7}'), finds: [] },
    { name: "a relative folder", script: () => answer('{"appRoot":"running"}'), finds: [] },
    { name: "an older program", script: () => "echo 'Unknown option' >&2; exit 64", finds: [] },
    { name: "no JSON", script: () => "echo running", finds: [] },
    { name: "an endless answer", script: () => "exec yes", finds: [] },
    { name: "a service that does not answer", script: () => "exec sleep 60", finds: [] },
    { name: "a program that leaves another one", script: () => "sleep 4 & exit 0", finds: [] },
  ];
  for (const { name, script, finds } of rows) {
    await t.step(name, () =>
      withFolder(async (folder) => {
        await makeFolders(folder, "running", `${support}/com.apple.container`);
        const env = { PATH: await makeContainer(folder, script(folder)) };
        assert.deepEqual(await roots(folder, { env, os: "darwin" }), [
          ...finds,
          `apple ${support}/com.apple.container`,
        ]);
        const asked = await Deno.readTextFile(join(folder, "asked"));
        assert.equal(asked, "system status --format json\n");
      }));
  }
});

Deno.test("openStores() does not ask container where a variable names its folder, or on Linux", () =>
  withFolder(async (folder) => {
    await makeFolders(folder, "running", "named");
    const PATH = await makeContainer(folder, `echo '{"appRoot":"${folder}/running"}'`);
    const CONTAINER_APP_ROOT = join(folder, "named");
    assert.deepEqual(await roots(folder, { env: { PATH, CONTAINER_APP_ROOT }, os: "darwin" }), [
      "apple named",
    ]);
    assert.deepEqual(await roots(folder, { env: { PATH } }), []);
    assert.deepEqual(await roots(folder, { env: { PATH: "/nowhere" }, os: "darwin" }), []);
    await assert.rejects(Deno.stat(join(folder, "asked")), Deno.errors.NotFound);
  }));
