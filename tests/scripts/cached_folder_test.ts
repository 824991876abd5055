import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { cachedFolder } from "../../scripts/images/mod.ts";

Deno.test("cachedFolder() makes a folder once for callers that want it at the same time", async () => {
  const cache = await Deno.makeTempDir();
  try {
    let made = 0;
    const want = () =>
      cachedFolder({
        cache,
        name: "thing",
        recipe: ["one"],
        make: async ({ folder, work }) => {
          made++;
          await Deno.writeTextFile(join(work, "scratch"), "");
          await Deno.mkdir(folder);
        },
      });
    const folders = await Promise.all([want(), want(), want()]);
    deepEqual(new Set(folders).size, 1);
    equal(made, 1);
    deepEqual(names(folders[0]!), []);
    deepEqual(names(join(cache, "thing")).length, 2, "the folder and its lock");
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test("cachedFolder() replaces what another recipe has made", async () => {
  const cache = await Deno.makeTempDir();
  try {
    const make = ({ folder }: { folder: string }) => Deno.mkdir(folder);
    const first = await cachedFolder({ cache, name: "thing", recipe: ["one"], make });
    const second = await cachedFolder({ cache, name: "thing", recipe: ["two"], make });
    await rejects(Deno.stat(first), Deno.errors.NotFound);
    await Deno.stat(second);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test("cachedFolder() never takes for whole what a failed or killed process has left", async () => {
  const cache = await Deno.makeTempDir();
  try {
    const options = { cache, name: "thing", recipe: ["one"] };
    const failing = cachedFolder({
      ...options,
      make: async ({ folder }) => {
        await Deno.mkdir(folder);
        throw new Error("half made");
      },
    });
    await rejects(failing, /half made/);
    await Deno.mkdir(join(cache, "thing", "work", "of a killed process"), { recursive: true });
    const folder = await cachedFolder({
      ...options,
      make: ({ folder, work }) => {
        deepEqual(names(work), []);
        return Deno.writeTextFile(folder, "whole");
      },
    });
    equal(await Deno.readTextFile(folder), "whole");
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), (entry) => entry.name);
}
