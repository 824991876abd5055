import assert from "node:assert/strict";
import { join } from "node:path";
import {
  lockFile,
  lockFolder,
  pollLock,
  tryLockFile,
  tryLockFolder,
} from "../../../lib/host/mod.ts";
import { temporaryFolder } from "../../vm/support/temporary_folder.ts";

const ROOM = new URL("../../../lib/host/mod.ts", import.meta.url).href;

/** Another process that has a lock until it is killed. */
async function otherProcess(call: string): Promise<{ kill(): Promise<void> }> {
  const script = `
    import { lockFile, lockFolder } from ${JSON.stringify(ROOM)};
    globalThis.lock = await ${call};
    console.log("locked");
    setInterval(() => {}, 1000);
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", script],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "locked\n");
  return {
    kill: async () => {
      child.kill("SIGKILL");
      await child.status;
      await reader.cancel();
    },
  };
}

/** Long enough for a lock that is free to be taken. */
function aWhile(): Promise<"waiting"> {
  return new Promise((resolve) => setTimeout(resolve, 300, "waiting"));
}

Deno.test("a lock is given back when the process that has it is killed", async (t) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  const rows = [
    {
      name: "of a file",
      call: `lockFile(${JSON.stringify(file)})`,
      wait: () => lockFile(file),
      attempt: () => tryLockFile(file),
    },
    {
      name: "of a folder",
      call: `lockFolder(${JSON.stringify(folder.path)})`,
      wait: () => lockFolder(folder.path),
      attempt: () => tryLockFolder(folder.path),
    },
  ];
  for (const { name, call, wait, attempt } of rows) {
    await t.step(name, async () => {
      const other = await otherProcess(call);
      assert.equal(await attempt(), undefined);
      const waiting = wait();
      assert.equal(await Promise.race([waiting, aWhile()]), "waiting");
      await other.kill();
      using lock = await waiting;
      assert.ok(lock);
      assert.equal(await attempt(), undefined);
    });
  }
});

Deno.test("lockFile() makes the file, for its owner alone, and again if it is removed meanwhile", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  let waiting: Promise<Disposable>;
  {
    using _first = await lockFile(path);
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    waiting = lockFile(path);
    await aWhile();
    await Deno.remove(path);
  }
  using _second = await waiting;
  assert.ok((await Deno.stat(path)).isFile);
  assert.equal(await tryLockFile(path), undefined);
});

Deno.test("tryLockFile() makes a file only if it is to", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  assert.equal(await tryLockFile(path), undefined);
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  using lock = await tryLockFile(path, { create: true });
  assert.ok(lock);
});

Deno.test("a lock of what is no longer in its place does not count", async (t) => {
  await t.step("a folder that was removed", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "folder");
    await Deno.mkdir(path);
    let waiting: Promise<Disposable | undefined>;
    {
      using _first = await lockFolder(path);
      waiting = lockFolder(path);
      await aWhile();
      await Deno.remove(path);
    }
    assert.equal(await waiting, undefined);
    assert.equal(await lockFolder(path), undefined);
    assert.equal(await tryLockFolder(path), undefined);
  });
  await t.step("a folder that was replaced", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "folder");
    await Deno.mkdir(path);
    let waiting: Promise<Disposable | undefined>;
    {
      using _first = await lockFolder(path);
      waiting = lockFolder(path);
      await aWhile();
      // Moved, so that the new one cannot get the inode of the old one.
      await Deno.rename(path, `${path}.old`);
      await Deno.mkdir(path);
    }
    assert.equal(await waiting, undefined);
    using lock = await lockFolder(path);
    assert.ok(lock);
  });
});

Deno.test("only one process at a time has a lock that many want and remove", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  const counter = join(folder.path, "counter");
  await Deno.writeTextFile(counter, "0");
  const script = `
    import { lockFile } from ${JSON.stringify(ROOM)};
    for (let turn = 0; turn < 25; turn++) {
      using _lock = await lockFile(${JSON.stringify(path)});
      const count = Number(await Deno.readTextFile(${JSON.stringify(counter)}));
      await new Promise((resolve) => setTimeout(resolve, 1));
      await Deno.writeTextFile(${JSON.stringify(counter)}, String(count + 1));
      await Deno.remove(${JSON.stringify(path)});
    }
  `;
  const file = join(folder.path, "script.ts");
  await Deno.writeTextFile(file, script);
  const ends = await Promise.all(
    Array.from(
      { length: 4 },
      () =>
        new Deno.Command(Deno.execPath(), { args: ["run", "-A", "--no-config", file] }).output(),
    ),
  );
  assert.deepEqual(ends.map(({ success }) => success), [true, true, true, true]);
  assert.equal(await Deno.readTextFile(counter), "100");
});

Deno.test("a file that cannot be made or opened is an error", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "missing", "file");
  await assert.rejects(lockFile(path), Deno.errors.NotFound);
  await assert.rejects(tryLockFile(path, { create: true }), Deno.errors.NotFound);
});

Deno.test("a shared lock keeps out those who want it alone, and nobody else", async (t) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  const rows = {
    "of a file": (shared: boolean) => tryLockFile(file, { create: true, shared }),
    "of a folder": (shared: boolean) => tryLockFolder(folder.path, { shared }),
  };
  for (const [name, take] of Object.entries(rows)) {
    await t.step(name, async () => {
      {
        using first = await take(true);
        using second = await take(true);
        assert.ok(first && second);
        assert.equal(await take(false), undefined);
      }
      using alone = await take(false);
      assert.ok(alone);
      assert.equal(await take(true), undefined);
    });
  }
});

Deno.test("pollLock() waits for a lock until it is free, the time is over or the signal aborts", async () => {
  await using folder = await temporaryFolder();
  const attempt = () => tryLockFolder(folder.path);
  let waited = 0;
  const options = { onWait: () => void waited++ };
  let waiting: Promise<Disposable | undefined>;
  {
    using _lock = await pollLock(attempt, options);
    assert.equal(waited, 0);
    assert.equal(await pollLock(attempt, { ...options, limit: 20 }), undefined);
    assert.equal(waited, 1);
    const reason = new Error("enough");
    await assert.rejects(pollLock(attempt, { signal: AbortSignal.abort(reason) }), reason);
    waiting = pollLock(attempt, options);
    assert.equal(await Promise.race([waiting, aWhile()]), "waiting");
    assert.equal(waited, 2);
  }
  using lock = await waiting;
  assert.ok(lock);
});
