import assert from "node:assert/strict";
import { createServer } from "node:net";
import { PartialOutput } from "../../../lib/host/mod.ts";
import { hasCode } from "../../../lib/error/mod.ts";
import { runProgram } from "../../../scripts/images/mod.ts";

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const namesIn = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();

Deno.test("PartialOutput.commit() puts a file in the place of an older one", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/out`, "old");
    {
      await using output = await PartialOutput.begin(`${folder}/out`);
      await Deno.writeTextFile(output.path, "new");
      assert.equal(await Deno.readTextFile(`${folder}/out`), "old");
      await output.commit();
    }
    assert.equal(await Deno.readTextFile(`${folder}/out`), "new");
    assert.deepEqual(await namesIn(folder), ["out"]);
  });
});

Deno.test("PartialOutput.commit() keeps a link, and replaces the file that it leads to", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/elsewhere`);
    await Deno.writeTextFile(`${folder}/elsewhere/file`, "old");
    await Deno.symlink("elsewhere/file", `${folder}/link`);
    {
      await using output = await PartialOutput.begin(`${folder}/link`);
      await Deno.writeTextFile(output.path, "new");
      await output.commit();
    }
    assert.equal(await Deno.readLink(`${folder}/link`), "elsewhere/file");
    assert.equal(await Deno.readTextFile(`${folder}/elsewhere/file`), "new");
    assert.deepEqual(await namesIn(`${folder}/elsewhere`), ["file"]);
  });
});

Deno.test("PartialOutput.begin() refuses a pipe, a device and a socket, and a link to one", async () => {
  await withFolder(async (folder) => {
    await runProgram("mkfifo", [`${folder}/pipe`]);
    await Deno.symlink("pipe", `${folder}/link`);
    await Deno.symlink("/dev/null", `${folder}/device`);
    const server = createServer().listen(`${folder}/socket`);
    await new Promise((resolve) => server.once("listening", resolve));
    try {
      const names = await namesIn(folder);
      for (const name of names) {
        await assert.rejects(PartialOutput.begin(`${folder}/${name}`), (error) => {
          assert.ok(hasCode(error, "unwritable"));
          assert.match(error.message, /^Cannot write .*: it is neither a file nor a folder$/);
          assert.deepEqual(error.data, { path: `${folder}/${name}`, isSpecial: true });
          return true;
        });
      }
      assert.deepEqual(await namesIn(folder), names);
      assert.equal((await Deno.lstat(`${folder}/pipe`)).isFifo, true);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

Deno.test("PartialOutput.commit() knows the folder of a relative path and of none", async () => {
  await withFolder(async (folder) => {
    const before = Deno.cwd();
    await Deno.mkdir(`${folder}/sub`);
    Deno.chdir(folder);
    try {
      for (const path of ["out", "./out", "sub/out", `${folder}/out`]) {
        await using output = await PartialOutput.begin(path);
        await Deno.writeTextFile(output.path, path);
        await output.commit();
        assert.equal(await Deno.readTextFile(path), path);
      }
    } finally {
      Deno.chdir(before);
    }
    assert.deepEqual(await namesIn(folder), ["out", "sub"]);
    assert.deepEqual(await namesIn(`${folder}/sub`), ["out"]);
  });
});

Deno.test("PartialOutput leaves nothing if it was not committed", async () => {
  await withFolder(async (folder) => {
    {
      await using output = await PartialOutput.begin(`${folder}/out`);
      await Deno.mkdir(`${output.path}/sub`, { recursive: true });
    }
    assert.deepEqual(await namesIn(folder), []);
  });
});

Deno.test("PartialOutput.begin() removes what a killed process left, and nothing that is in use", async () => {
  await withFolder(async (folder) => {
    const script = `
      import { PartialOutput } from ${
      JSON.stringify(new URL("../../../lib/host/mod.ts", import.meta.url).href)
    };
      const output = await PartialOutput.begin(${JSON.stringify(`${folder}/out`)});
      await Deno.mkdir(output.path + "/sub", { recursive: true });
      console.log("ready");
      setInterval(() => {}, 1000);
    `;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", script],
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    {
      await using _beside = await PartialOutput.begin(`${folder}/out`);
      assert.equal((await namesIn(folder)).filter((name) => name.endsWith(".partial")).length, 1);
    }
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    {
      await using _next = await PartialOutput.begin(`${folder}/out`);
    }
    assert.deepEqual(await namesIn(folder), []);
  });
});

Deno.test("PartialOutput.begin() leaves alone what another has removed, or may not be opened, or is not a file", async () => {
  await withFolder(async (folder) => {
    const { open } = Deno;
    const failures = new Map<unknown, Error>([
      [`${folder}/.out.snapvm-1.lock`, new Deno.errors.NotFound("gone")],
      [`${folder}/.out.snapvm-2.lock`, new Deno.errors.PermissionDenied("another user's")],
    ]);
    for (const path of failures.keys()) await Deno.writeTextFile(String(path), "");
    // To open a pipe would wait for a program that reads it.
    await runProgram("mkfifo", [`${folder}/.out.snapvm-3.lock`]);
    await Deno.writeTextFile(`${folder}/.out.snapvm-4.lock`, "");
    await Deno.writeTextFile(`${folder}/.out.snapvm-4.partial`, "");
    Deno.open = (path, options) => {
      const failure = failures.get(path);
      return failure === undefined ? open(path, options) : Promise.reject(failure);
    };
    try {
      await using _output = await PartialOutput.begin(`${folder}/out`);
    } finally {
      Deno.open = open;
    }
    const left = [1, 2, 3].map((number) => `.out.snapvm-${number}.lock`);
    assert.deepEqual(await namesIn(folder), left);
  });
});
