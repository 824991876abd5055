import assert from "node:assert/strict";
import { MAX_PE_HEADERS_SIZE, parsePe } from "../../../lib/boot/kernel/pe.ts";
import { readUki } from "../../../lib/boot/kernel/uki.ts";
import { hasCode } from "../../../lib/error/mod.ts";
import { noise } from "../support/kernels.ts";
import { filter, textOf, withFolder } from "../support/programs.ts";
import { contentOf, sourceOf } from "../support/sources.ts";
import { STUB, uki } from "../support/ukis.ts";

const KERNEL = noise(70_001);
const FIRST = noise(4097, 2);
const SECOND = noise(10_002, 3);
const MICROCODE = noise(513, 4);

/** The position of a section's header in a PE file with a short name. */
function headerOf(file: Uint8Array, name: string): number {
  const at = new TextDecoder("latin1").decode(file.subarray(0, MAX_PE_HEADERS_SIZE)).indexOf(name);
  assert.ok(at > 0, name);
  return at;
}

Deno.test("parsePe() sees the sections that objdump sees", async () => {
  const files = [
    await Deno.readFile(STUB),
    await uki([[".osrel", "ID=test\n"], [".cmdline", "quiet"], [".linux", KERNEL]]),
  ];
  for (const file of files) {
    const pe = parsePe(file.subarray(0, MAX_PE_HEADERS_SIZE), file.length, "test.efi");
    const table = await withFolder(async (folder) => {
      await Deno.writeFile(`${folder}/file`, file);
      return await textOf(["objdump", "-h", `${folder}/file`]);
    });
    const rows = table.matchAll(/^ *\d+ (\S+) +([0-9a-f]+) +[0-9a-f]+ +[0-9a-f]+ +([0-9a-f]+)/gm);
    assert.deepEqual(
      pe.sections.map(({ name, virtualSize, rawOffset }) => [name, virtualSize, rawOffset]),
      Array.from(rows, ([, name, size, offset]) => [
        name,
        parseInt(`${size}`, 16),
        parseInt(`${offset}`, 16),
      ]),
    );
    assert.equal(pe.machine, "x86_64");
  }
});

Deno.test("readUki() takes out what objcopy --dump-section takes out", async () => {
  const sections = {
    ".osrel": 'ID=test\nNAME="A test"\n',
    ".uname": "6.1.0-1-test",
    ".cmdline": "ro quiet",
    ".initrd": FIRST,
    ".linux": KERNEL,
  };
  const file = await uki(Object.entries(sections));
  const read = await readUki(sourceOf(file), "test.efi");
  assert.equal(read.osRelease, sections[".osrel"]);
  assert.equal(read.uname, sections[".uname"]);
  assert.equal(read.commandLine, sections[".cmdline"]);
  assert.equal(read.machine, "x86_64");
  const dumped = await withFolder(async (folder) => {
    await Deno.writeFile(`${folder}/file`, file);
    const dumps = ["linux", "initrd"].flatMap((name) => ["--dump-section", `.${name}=${name}`]);
    await filter(["objcopy", ...dumps, "file", "copy"], undefined, folder);
    return [await Deno.readFile(`${folder}/linux`), await Deno.readFile(`${folder}/initrd`)];
  });
  assert.deepEqual(await Promise.all([read.linux, ...read.initramfs].map(contentOf)), dumped);
});

Deno.test("readUki() puts microcode before several parts of an initramfs", async () => {
  const file = await uki([
    [".initrd", FIRST],
    [".linux", KERNEL],
    [".initrd", SECOND],
    [".ucode", MICROCODE],
  ]);
  const { initramfs } = await readUki(sourceOf(file), "test.efi");
  assert.deepEqual(
    await Promise.all(initramfs.map(contentOf)),
    [MICROCODE, FIRST, SECOND],
  );
});

Deno.test("readUki() uses the first of several profiles", async () => {
  const file = await uki([
    [".uname", "6.1"],
    [".cmdline", "base"],
    [".initrd", FIRST],
    [".linux", KERNEL],
    [".profile", "ID=main\n"],
    [".cmdline", "main"],
    [".profile", "ID=rescue\n"],
    [".cmdline", "rescue"],
    [".initrd", SECOND],
  ]);
  const read = await readUki(sourceOf(file), "test.efi");
  assert.equal(read.commandLine, "main");
  assert.equal(read.uname, "6.1");
  assert.deepEqual(await Promise.all(read.initramfs.map(contentOf)), [FIRST]);
});

Deno.test("readUki() says what it does not use, and why", async () => {
  const file = await uki([[".dtb", "tree"], [".splash", "BM"], [".linux", KERNEL]]);
  const { ignored, commandLine, initramfs } = await readUki(sourceOf(file), "test.efi");
  assert.deepEqual(ignored.map(({ name }) => name), [".sbat", ".dtb", ".splash"]);
  assert.ok(ignored.every(({ reason }) => reason.length > 0));
  assert.equal(commandLine, undefined);
  assert.deepEqual(initramfs, []);
});

Deno.test("readUki() makes one line of a command line", async () => {
  const file = await uki([[".cmdline", "  quiet\nsplash\t\0\0junk"], [".linux", KERNEL]]);
  assert.equal((await readUki(sourceOf(file), "test.efi")).commandLine, "quiet splash");
});

Deno.test("readUki() fills a section with zeros up to its VirtualSize", async () => {
  const file = await uki([[".initrd", FIRST], [".linux", KERNEL]]);
  const view = new DataView(file.buffer);
  const header = headerOf(file, ".initrd");
  view.setUint32(header + 8, FIRST.length + 1000, true);
  view.setUint32(header + 16, FIRST.length, true);
  const { initramfs } = await readUki(sourceOf(file), "test.efi");
  const expected = new Uint8Array(FIRST.length + 1000);
  expected.set(FIRST);
  assert.deepEqual(await contentOf(initramfs[0]!), expected);
});

Deno.test("readUki() refuses sections that cannot be", async () => {
  const rows: readonly [RegExp, (view: DataView, header: number) => void][] = [
    [/ends beyond the file's end; the file may be cut short$/, (view, header) => {
      view.setUint32(header + 20, 0xfffff000, true);
    }],
    [/has 4294967295 bytes, but only \d+ in the file$/, (view, header) => {
      view.setUint32(header + 8, 0xffffffff, true);
    }],
  ];
  const good = await uki([[".initrd", FIRST], [".linux", KERNEL]]);
  for (const [message, damage] of rows) {
    const file = good.slice();
    damage(new DataView(file.buffer), headerOf(file, ".linux"));
    await assert.rejects(readUki(sourceOf(file), "test.efi"), (error) => {
      assert.ok(hasCode(error, "corrupt-kernel"));
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("readUki() refuses parts of an initramfs that overlap", async () => {
  const file = await uki([[".initrd", noise(2_000_000)], [".linux", KERNEL]]);
  // Every section of the stub becomes the same part of the initramfs.
  const header = headerOf(file, ".initrd");
  for (let at = headerOf(file, ".text"); at < header; at += 40) {
    file.copyWithin(at, header, header + 40);
  }
  await assert.rejects(readUki(sourceOf(file), "test.efi"), /its \.initrd sections overlap$/);
});
