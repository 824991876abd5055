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
