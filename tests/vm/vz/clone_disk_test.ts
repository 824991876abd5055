import assert from "node:assert/strict";
import { join } from "node:path";
import { hasCode } from "../../../lib/error/mod.ts";
import { type DiskSpecification, openVirtualization } from "../../../lib/vm/mod.ts";
import { cloneDisk, type FileCopies } from "../../../lib/vm/vz/clone_disk.ts";
import { runProgram } from "../../../scripts/images/mod.ts";
import { buildDouble } from "../../vz_double/build_double.ts";
import { cloningFilesystem } from "../support/cloning_filesystem.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const virtualization = await openVirtualization({
  folder: "/nonexistent",
  library: await buildDouble(),
});

/** Copies of a filesystem that can clone. */
const cloning: FileCopies = {
  cloneFile: async (from, to) => {
    await Deno.copyFile(from, to);
    return 0;
  },
  copyFile: () => Promise.reject(new Error("It was cloned already.")),
};

function disk(source: string, more: Partial<DiskSpecification> = {}): DiskSpecification {
  return { source, serial: "root", readOnly: false, patches: [], ...more };
}

const patch = (offset: number, text: string) => ({ offset, bytes: new TextEncoder().encode(text) });

Deno.test("cloneDisk() heals the clone, fills its last sector, and leaves the source alone", async () => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, "source");
  await Deno.writeTextFile(source, "a".repeat(1000), { mode: 0o400 });
  const notices: string[] = [];
  const link = join(folder.path, "link");
  await Deno.symlink(source, link);
  const clone = await cloneDisk(
    disk(link, { patches: [patch(0, "head"), patch(1020, "tail")] }),
    {
      files: cloning,
      clone: join(folder.path, "clone"),
      onNotice: (notice) => notices.push(notice),
    },
  );
  assert.equal(clone, join(folder.path, "clone"));
  assert.equal(
    await Deno.readTextFile(clone),
    `head${"a".repeat(996)}${"\0".repeat(20)}tail`,
  );
  assert.equal((await Deno.stat(clone)).mode! & 0o777, 0o600);
  assert.equal(await Deno.readTextFile(source), "a".repeat(1000));
  assert.deepEqual(notices, []);
});

Deno.test("cloneDisk() says nothing if the filesystem clones: the clone takes no room", async () => {
  await using filesystem = await cloningFilesystem();
  const source = join(filesystem.path, "source");
  const size = 16 * 2 ** 20;
  await Deno.writeFile(source, new Uint8Array(size).fill(0x61));
  const free = async () => {
    await runProgram("sync", ["--file-system", filesystem.path]);
    return Number(await runProgram("stat", ["--file-system", "--format=%f", filesystem.path])) *
      4096;
  };
  const before = await free();
  const notices: string[] = [];
  const clone = await cloneDisk(disk(source, { patches: [patch(2 ** 20, "patched")] }), {
    files: virtualization,
    clone: join(filesystem.path, "clone"),
    onNotice: (notice) => notices.push(notice),
  });
  assert.deepEqual(notices, []);
  assert.ok(before - await free() < size / 2);
  const bytes = await Deno.readFile(clone);
  assert.equal(bytes.length, size);
  assert.deepEqual(bytes.subarray(2 ** 20 - 1, 2 ** 20 + 8), new TextEncoder().encode("apatcheda"));
  assert.deepEqual(await Deno.readFile(source), new Uint8Array(size).fill(0x61));
});

Deno.test("cloneDisk() copies if the filesystem cannot clone, holes as holes, and says so", async () => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, "source");
  await runProgram("mount", ["-t", "tmpfs", "tmpfs", folder.path]);
  try {
    await Deno.writeTextFile(source, "start");
    await Deno.truncate(source, 2 ** 40);
    const notices: string[] = [];
    const clone = await cloneDisk(disk(source, { patches: [patch(2 ** 39, "middle")] }), {
      files: virtualization,
      clone: join(folder.path, "clone"),
      onNotice: (notice) => notices.push(notice),
    });
    const { size, blocks } = await Deno.stat(clone);
    assert.equal(size, 2 ** 40);
    assert.ok(blocks! * 512 < 2 ** 20);
    assert.deepEqual(notices, [`the disk was copied: the filesystem cannot clone ${source}`]);
  } finally {
    await runProgram("umount", [folder.path]);
  }
});

Deno.test("cloneDisk() ends with its signal, before it begins to copy and while it copies", async () => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, "source");
  await Deno.writeFile(source, new Uint8Array(1024));
  const reason = new Error("enough");
  for (const copying of [false, true]) {
    const controller = new AbortController();
    let copies = 0;
    const files: FileCopies = {
      cloneFile: () => {
        if (!copying) controller.abort(reason);
        return Promise.resolve(45);
      },
      copyFile: () => {
        copies++;
        controller.abort(reason);
        return new Promise(() => {});
      },
    };
    await assert.rejects(
      cloneDisk(disk(source), {
        files,
        clone: join(folder.path, "clone"),
        signal: controller.signal,
        onNotice: () => assert.fail("nothing was copied"),
      }),
      reason,
    );
    assert.equal(copies, copying ? 1 : 0);
  }
});

Deno.test("cloneDisk() attaches a source that nobody changes itself, its links resolved", async () => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, "source");
  await Deno.writeFile(source, new Uint8Array(1024));
  const link = join(folder.path, "link");
  await Deno.symlink("source", link);
  const options = { files: cloning, clone: join(folder.path, "clone") };
  assert.equal(await cloneDisk(disk(link, { readOnly: true }), options), source);
  await Deno.writeFile(source, new Uint8Array(1000));
  assert.equal(await cloneDisk(disk(link, { readOnly: true }), options), options.clone);
  assert.equal((await Deno.stat(options.clone)).size, 1024);
});

Deno.test("cloneDisk() says why it cannot clone", async (t) => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, "source");
  await Deno.writeFile(source, new Uint8Array(1024));
  await Deno.writeFile(join(folder.path, "empty"), new Uint8Array());
  const failing = (number: number): FileCopies => ({
    cloneFile: () => Promise.resolve(45),
    copyFile: () => Promise.resolve(number),
  });
  const rows = [
    { name: "missing", files: cloning, why: /No such file/ },
    { name: "empty", files: cloning, why: /it is empty$/ },
    { name: ".", files: cloning, why: /it is not a regular file$/ },
    {
      name: "source",
      files: failing(28),
      why: /no space left on the filesystem$/,
      isFull: true,
    },
    { name: "source", files: failing(13), why: /permission denied$/ },
    { name: "source", files: failing(99), why: /system error 99$/ },
  ];
  for (const { name, files, why, isFull = false } of rows) {
    await t.step(`${name}: ${why.source}`, async () => {
      const path = join(folder.path, name);
      await assert.rejects(
        cloneDisk(disk(path), {
          files,
          clone: join(folder.path, "clone"),
          onNotice: () => assert.fail("nothing was copied"),
        }),
        (error) => {
          assert.ok(hasCode(error, "clone-failed"));
          assert.ok(error.message.startsWith(`Cannot clone ${path}: `));
          assert.match(error.message, why);
          assert.deepEqual(error.data, { source: path, isFull });
          return true;
        },
      );
    });
  }
  await t.step("a patch beyond the end", async () => {
    await assert.rejects(
      cloneDisk(disk(source, { patches: [patch(1021, "tail")] }), {
        files: cloning,
        clone: join(folder.path, "clone"),
      }),
      RangeError,
    );
  });
});
