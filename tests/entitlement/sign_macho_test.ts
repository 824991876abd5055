import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { readSignature } from "../../lib/entitlement/read_signature.ts";
import { signMachO } from "../../lib/entitlement/sign_macho.ts";
import { runProgram } from "../../scripts/images/mod.ts";
import { temporaryFolder } from "../vm/support/temporary_folder.ts";
import { hashPages, readBlobs, type SignatureBlobs } from "./support/signature_blobs.ts";
import { makeLibrary, makeProgram } from "./support/test_objects.ts";

const OPTIONS = {
  identifier: "dev.snapvm",
  entitlements: {
    "com.apple.security.virtualization": true,
    "com.apple.security.cs.allow-jit": false,
  },
};
const NOTHING = "0".repeat(64);

function sha256(bytes: Uint8Array | undefined): string {
  return createHash("sha256").update(bytes ?? new Uint8Array()).digest("hex");
}

/** Checks everything that macOS checks of a signature, by other programs than the one that made it. */
async function verify(path: string, executable: boolean): Promise<SignatureBlobs> {
  const read = await readBlobs(path);
  const { directory, blobs, special, pages } = read;
  const { size } = await Deno.stat(path);
  assert.equal(read.offset + read.size, size, "the signature ends the file");
  assert.equal(read.offset % 16, 0);
  assert.deepEqual([...blobs.keys()], [0, 2, 5, 7, 0x10000]);
  assert.deepEqual(
    [...blobs.values()].map((blob) => new DataView(blob.buffer).getUint32(0)),
    [0xfade0c02, 0xfade0c01, 0xfade7171, 0xfade7172, 0xfade0b01],
  );
  assert.equal(directory.getUint32(8), 0x20400);
  assert.equal(directory.getUint32(12), 0x2, "ad-hoc, and not linker-signed");
  assert.equal(directory.getUint32(32), read.offset, "everything before the signature is signed");
  assert.equal(directory.getBigUint64(80), executable ? 1n : 0n);
  assert.equal(read.identifier, "dev.snapvm");
  assert.deepEqual(special, [
    NOTHING,
    sha256(blobs.get(2)),
    NOTHING,
    NOTHING,
    sha256(blobs.get(5)),
    NOTHING,
    sha256(blobs.get(7)),
  ]);
  assert.deepEqual(pages, await hashPages(path, read.offset));

  const commands = await runProgram("llvm-objdump-19", ["--macho", "--private-headers", path]);
  const segments = Array.from(
    commands.matchAll(
      /segname (__[A-Z]+)\n +vmaddr .*\n +vmsize (.*)\n +fileoff (.*)\n +filesize (.*)\n/g,
    ),
    ([, name, ...numbers]) => [name!, numbers.map(Number)] as const,
  );
  const [memorySize, fileOffset, fileSize] = new Map(segments).get("__LINKEDIT")!;
  assert.equal(fileOffset! + fileSize!, size, "__LINKEDIT ends the file");
  assert.ok(memorySize! >= fileSize! && memorySize! % 0x4000 === 0);
  const text = new Map(segments).get("__TEXT")!;
  assert.equal(directory.getBigUint64(64), BigInt(text[1]!));
  assert.equal(directory.getBigUint64(72), BigInt(text[2]!));
  return read;
}

Deno.test("signMachO() replaces the signature of a program, with its entitlements in both forms", async () => {
  await using folder = await temporaryFolder();
  const program = await makeProgram(folder.path, { signed: true });
  const copy = join(folder.path, "copy");
  await signMachO(program, copy, OPTIONS);
  const { blobs } = await verify(copy, true);

  const xml = new TextDecoder().decode(blobs.get(5)!.subarray(8));
  assert.match(xml, /<key>com\.apple\.security\.cs\.allow-jit<\/key>\n\t<false\/>/);
  assert.match(xml, /<key>com\.apple\.security\.virtualization<\/key>\n\t<true\/>/);
  const der = join(folder.path, "der");
  await Deno.writeFile(der, blobs.get(7)!.subarray(8));
  const parsed = await runProgram("openssl", ["asn1parse", "-inform", "DER", "-in", der]);
  assert.deepEqual(
    parsed.trim().split("\n").map((line) =>
      line.replace(/^ *\d+:d=(\d) .*(prim|cons): */, "$1 ").trim()
    ),
    [
      "0 appl [ 16 ]",
      "1 INTEGER           :01",
      "1 cont [ 16 ]",
      "2 SEQUENCE",
      "3 UTF8STRING        :com.apple.security.cs.allow-jit",
      "3 BOOLEAN           :0",
      "2 SEQUENCE",
      "3 UTF8STRING        :com.apple.security.virtualization",
      "3 BOOLEAN           :255",
    ],
  );
  assert.equal((await Deno.stat(copy)).mode, (await Deno.stat(program)).mode);
  assert.deepEqual(await readSignature(copy), { flags: 0x2, ...OPTIONS });
});

Deno.test("signMachO() agrees with the linker about every page that it has not changed", async () => {
  await using folder = await temporaryFolder();
  const library = await makeLibrary(folder.path, "arm64");
  const copy = join(folder.path, "copy");
  await signMachO(library, copy, OPTIONS);
  const [linker, ours] = [await readBlobs(library), await verify(copy, false)];
  // The load commands, in the first page, describe the larger signature.
  assert.deepEqual(ours.pages.slice(1), linker.pages.slice(1));
  assert.notEqual(ours.pages[0], linker.pages[0]);
  assert.equal(ours.offset, linker.offset);
});

Deno.test("signMachO() signs a program that has no signature", async () => {
  await using folder = await temporaryFolder();
  const program = await makeProgram(folder.path, { signed: false });
  assert.equal(await readSignature(program), undefined);
  const copy = join(folder.path, "copy");
  await signMachO(program, copy, OPTIONS);
  await verify(copy, true);
});

Deno.test("signMachO() gives the same bytes for a program that it has signed before", async () => {
  await using folder = await temporaryFolder();
  const paths = ["one", "two"].map((name) => join(folder.path, name));
  await signMachO(await makeProgram(folder.path, { signed: true }), paths[0]!, OPTIONS);
  await signMachO(paths[0]!, paths[1]!, OPTIONS);
  await runProgram("cmp", paths);
});

Deno.test("readSignature() reads what the linker has signed", async () => {
  await using folder = await temporaryFolder();
  assert.deepEqual(await readSignature(await makeLibrary(folder.path, "x86_64")), {
    identifier: "libsnapvm_vz.dylib",
    flags: 0x20002,
    entitlements: {},
  });
});

Deno.test("signMachO() refuses what it cannot sign, and leaves nothing", async (t) => {
  await using folder = await temporaryFolder();
  const program = await makeProgram(folder.path, { signed: true });
  const bytes = await Deno.readFile(program);
  const intel = await makeLibrary(folder.path, "x86_64");
  const universal = join(folder.path, "universal.dylib");
  const rows: [string, string | Uint8Array, RegExp][] = [
    ["a program for Intel", intel, /it is not for Apple silicon$/],
    ["a program for several processors", universal, /it is for several processors$/],
    ["a text", new TextEncoder().encode("#!/bin/sh\n".repeat(9)), /not a 64-bit Mach-O file$/],
    ["nothing", new Uint8Array(), /it ends too early$/],
    ["a program that was cut", bytes.subarray(0, 100_000), /its load commands describe \d+$/],
    [
      "a program with something after it",
      await new Blob([bytes, new Uint8Array(5)]).bytes(),
      /its load commands describe \d+$/,
    ],
  ];
  for (const [name, content, message] of rows) {
    await t.step(name, async () => {
      const path = typeof content === "string" ? content : join(folder.path, "input");
      if (typeof content !== "string") await Deno.writeFile(path, content);
      const before = Array.from(Deno.readDirSync(folder.path)).length;
      await assert.rejects(signMachO(path, join(folder.path, "copy"), OPTIONS), {
        code: "macho-unsupported",
        message,
      });
      assert.equal(Array.from(Deno.readDirSync(folder.path)).length, before);
    });
  }
});

Deno.test("signMachO() and readSignature() end with their own error on any bytes", async () => {
  await using folder = await temporaryFolder();
  const library = await Deno.readFile(await makeLibrary(folder.path, "arm64"));
  const input = join(folder.path, "input");
  let seed = 1;
  const random = (limit: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return Math.floor(seed / 2 ** 32 * limit);
  };
  const { offset } = await readBlobs(join(folder.path, "arm64.dylib"));
  for (let round = 0; round < 400; round++) {
    const bytes = library.slice(0, round % 10 === 0 ? random(library.length) : library.length);
    // The load commands, and the signature.
    const places = round % 2 === 0 ? [0, 3000] : [offset, bytes.length - offset];
    for (let change = 0; change <= random(4); change++) {
      bytes[places[0]! + random(Math.max(1, places[1]!))] = [
        0,
        0xff,
        0x80,
        random(256),
      ][random(4)]!;
    }
    await Deno.writeFile(input, bytes);
    for (
      const run of [() => readSignature(input), () => signMachO(input, `${input}.copy`, OPTIONS)]
    ) {
      await Promise.resolve(run()).catch((error) => {
        assert.equal(error.code, "macho-unsupported", `round ${round}: ${error.stack}`);
      });
    }
    await Deno.remove(`${input}.copy`).catch(() => {});
  }
});
