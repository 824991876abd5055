import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Corrupt, Ext4, hasCode } from "../../lib/ext4/mod.ts";
import type { BlockSource, DataRange } from "../../lib/ext4/mod.ts";
import { withImage } from "./support/make_image.ts";
import { run } from "./support/programs.ts";

const TINY = new URL("../fixtures/tiny.ext4", import.meta.url);

const SPARSE_SIZE = 300_000;
/** The parts of the sparse file that hold data: every byte that is not zero. */
const SPARSE_RANGES: readonly DataRange[] = [
  { offset: 0, length: 4096 },
  { offset: 98_304, length: 8192 },
  { offset: 299_008, length: 992 },
];

function sparseContent(): Uint8Array<ArrayBuffer> {
  const content = new Uint8Array(SPARSE_SIZE);
  for (const { offset, length } of SPARSE_RANGES) {
    for (let index = 0; index < length; index++) content[offset + index] = 1 + (index % 255);
  }
  return content;
}

function fill(folder: string): void {
  using file = Deno.openSync(`${folder}/sparse`, { write: true, create: true });
  const content = sparseContent();
  for (const { offset, length } of SPARSE_RANGES) {
    file.seekSync(offset, Deno.SeekMode.Start);
    file.writeSync(content.subarray(offset, offset + length));
  }
  Deno.mkdirSync(`${folder}/folder`);
  Deno.symlinkSync("/sparse", `${folder}/link`);
}

/** Extents, and block maps. */
const KINDS: readonly (readonly string[])[] = [
  ["-t", "ext4", "-b", "4096", "-O", "^has_journal"],
  ["-t", "ext2", "-b", "4096"],
];

async function withSparse(use: (filesystem: Ext4) => Promise<void>): Promise<void> {
  for (const options of KINDS) {
    await withImage({ options, fill, size: 4 * 2 ** 20 }, async (image) => {
      using filesystem = await Ext4.open(image);
      await use(filesystem);
    });
  }
}

Deno.test("Ext4.read() gives any part of a file, holes as zeros", () =>
  withSparse(async (filesystem) => {
    const content = sparseContent();
    const rows: [offset: number, length: number][] = [
      [0, SPARSE_SIZE],
      [1, 10],
      [4090, 12],
      [50_000, 1000],
      [98_303, 2],
      [106_495, 3],
      [299_999, 1],
      [299_999, 100],
      [SPARSE_SIZE, 5],
      [SPARSE_SIZE + 1000, 5],
      [5, 0],
    ];
    for (const [offset, length] of rows) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of filesystem.read("/sparse", { offset, length })) {
        chunks.push(chunk.slice());
      }
      const wanted = content.slice(offset, offset + length);
      assert.deepEqual(Buffer.concat(chunks), Buffer.from(wanted), `${length} from ${offset}`);
    }
  }));

Deno.test("Ext4.readFile(), readable() and read() give the same bytes", () =>
  withSparse(async (filesystem) => {
    const content = sparseContent();
    assert.deepEqual(await filesystem.readFile("/sparse"), content);
    assert.deepEqual(await filesystem.readFile("/link"), content);
    assert.deepEqual(await filesystem.readFile(await filesystem.stat("/link")), content);
    const chunks = await Array.fromAsync(filesystem.readable("/sparse"));
    assert.ok(chunks.length > 1);
    assert.deepEqual(Buffer.concat(chunks), Buffer.from(content));
  }));

Deno.test("Ext4.dataRanges() leaves out the holes", () =>
  withSparse(async (filesystem) => {
    assert.deepEqual(await Array.fromAsync(filesystem.dataRanges("/sparse")), SPARSE_RANGES);
  }));

Deno.test("Ext4.copyTo() keeps the holes, and nothing of the old content", () =>
  withSparse(async (filesystem) => {
    const path = await Deno.makeTempFile({ prefix: "snapvm-copy-" });
    try {
      await Deno.writeFile(path, new Uint8Array(2 * SPARSE_SIZE).fill(7));
      using file = await Deno.open(path, { write: true });
      await filesystem.copyTo("/sparse", file);
      assert.deepEqual(await Deno.readFile(path), sparseContent());
      assert.ok((await Deno.stat(path)).blocks! * 512 < SPARSE_SIZE / 2);
    } finally {
      await Deno.remove(path);
    }
  }));

Deno.test("Ext4 names the path in what it says of it", () =>
  withSparse(async (filesystem) => {
    const { IsADirectory, NotADirectory, NotFound, InvalidData } = Deno.errors;
    const rows: [action: Promise<unknown>, kind: new () => Error, message: string][] = [
      [filesystem.readFile("/folder"), IsADirectory, 'Cannot read "/folder": it is a folder'],
      [
        Array.fromAsync(filesystem.readDir("/sparse")),
        NotADirectory,
        'Cannot list "/sparse": it is not a folder',
      ],
      [filesystem.readLink("/sparse"), InvalidData, 'Cannot read "/sparse": it is not a link'],
      [
        filesystem.stat("/folder/x"),
        NotFound,
        'Cannot find "/folder/x": there is no "x" in its folder',
      ],
      [
        filesystem.stat("/sparse/x"),
        NotADirectory,
        'Cannot find "/sparse/x": it leads on from a file',
      ],
      [
        filesystem.stat("/sparse/"),
        NotADirectory,
        'Cannot find "/sparse/": it leads on from a file',
      ],
      [filesystem.stat(""), NotFound, 'Cannot find "": the path is empty'],
    ];
    for (const [action, kind, message] of rows) {
      await assert.rejects(action, (error) => error instanceof kind && error.message === message);
    }
    await assert.rejects(
      new Response(filesystem.readable("/folder")).bytes(),
      Deno.errors.IsADirectory,
    );
  }));

Deno.test("Ext4.readFile() leaves files that do not fit into memory to read()", async () => {
  const commands = ["write /dev/null huge", "sif huge size 0x10000000000"];
  await withImage({ commands }, async (image) => {
    using filesystem = await Ext4.open(image);
    await assert.rejects(filesystem.readFile("/huge"), (error) => {
      assert.ok(error instanceof Deno.errors.NotSupported);
      assert.match(error.message, /^Cannot read "\/huge" whole: it has 1099511627776 bytes, more/);
      return true;
    });
    const end = { offset: 2 ** 40 - 10, length: 100 };
    const [chunk] = await Array.fromAsync(filesystem.read("/huge", end));
    assert.deepEqual(chunk, new Uint8Array(10));
  });
});

Deno.test("Ext4.open() closes what it cannot read", async () => {
  let isClosed = false;
  const source: BlockSource = { size: 0, readAt: () => 0, close: () => isClosed = true };
  await assert.rejects(Ext4.open(source), Corrupt);
  assert.ok(isClosed);
});

Deno.test("Ext4 reads little to find a file, however large the image is", async () => {
  const image = await Deno.makeTempFile({ prefix: "snapvm-large-" });
  try {
    await Deno.truncate(image, 512 * 2 ** 30);
    const options = "lazy_itable_init=1,nodiscard";
    await run("mke2fs", [
      "-q",
      "-F",
      "-t",
      "ext4",
      "-O",
      "^has_journal,^resize_inode",
      "-E",
      options,
      image,
    ]);
    await run("debugfs", ["-w", "-R", `write ${TINY.pathname} tiny`, image]);
    using file = await Deno.open(image);
    let count = 0;
    using filesystem = await Ext4.open({
      size: 512 * 2 ** 30,
      readAt(buffer, position) {
        file.seekSync(position, Deno.SeekMode.Start);
        const read = file.readSync(buffer) ?? 0;
        count += read;
        return read;
      },
      close() {},
    });
    await filesystem.readFile("/tiny");
    assert.ok(count - 65536 < 64 * 1024, `${count} bytes read`);
  } finally {
    await Deno.remove(image);
  }
});

Deno.test("Ext4 refuses a file that was found in another filesystem, or in another opening of it", async () => {
  using filesystem = await Ext4.open(TINY);
  using again = await Ext4.open(TINY);
  const info = await again.stat("/etc/hostname");
  const link = await again.lstat("/etc/os-release");
  const folder = await again.stat("/etc");
  const copy = await Deno.makeTempFile();
  using file = await Deno.open(copy, { write: true });
  const uses: [name: string, use: () => Promise<unknown>][] = [
    ["stat", () => filesystem.stat(info)],
    ["lstat", () => filesystem.lstat(info)],
    ["exists", () => filesystem.exists(info)],
    ["readDir", () => Array.fromAsync(filesystem.readDir(folder))],
    ["readFile", () => filesystem.readFile(info)],
    ["readTextFile", () => filesystem.readTextFile(info)],
    ["readLink", () => filesystem.readLink(link)],
    ["readLinkBytes", () => filesystem.readLinkBytes(link)],
    ["read", () => Array.fromAsync(filesystem.read(info))],
    ["readable", () => Array.fromAsync(filesystem.readable(info))],
    ["dataRanges", () => Array.fromAsync(filesystem.dataRanges(info))],
    ["copyTo", () => filesystem.copyTo(info, file)],
    ["xattrs", () => filesystem.xattrs(info)],
    ["walk", () => Array.fromAsync(filesystem.walk(folder))],
    // deno-lint-ignore require-await
    ["walkSync", async () => Array.from(filesystem.walkSync(folder))],
  ];
  for (const [name, use] of uses) {
    await assert.rejects(use, (error) => hasCode(error, "foreign-file"), name);
  }
  await assert.rejects(filesystem.stat(info), {
    message: `Cannot read inode ${info.ino}: it was found in another filesystem, or before this ` +
      "one was opened",
    data: { ino: info.ino },
  });
  await Deno.remove(copy);
  assert.equal((await again.stat(info)).ino, info.ino);
  assert.equal(await again.readTextFile(info), "tiny\n");
});
