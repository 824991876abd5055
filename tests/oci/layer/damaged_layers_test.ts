import assert from "node:assert/strict";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { LayerFault } from "../../../lib/oci/layer/layer_fault.ts";
import { LayerWriter } from "../../../lib/oci/layer/layer_writer.ts";
import { TarReader } from "../../../lib/oci/layer/tar_reader.ts";
import { hasCode, readLayer } from "../../../lib/oci/mod.ts";
import { bash } from "./support/host_tree.ts";
import { archiveOf, bytes, concat, layerOf } from "./support/layer.ts";
import { MemoryTarget } from "./support/memory_target.ts";
import { octal, rawHeader, rawMember, rawPax } from "./support/raw_tar.ts";

/** Something of everything. */
const archive = concat(
  rawPax([["mtime", "1.5"], ["comment", "all"]], "g"),
  archiveOf(
    { path: "d/", type: "directory", mode: 0o755 },
    { path: "d/a", data: "hello", xattrs: new Map([["user.a", bytes("1")]]) },
    { path: "d/sparse", size: 5000, data: "ab", dataRanges: [{ offset: 9, length: 2 }] },
    { path: "l", type: "symlink", link: "d" },
    { path: "l/h", type: "link", link: "d/a" },
    { path: "l/.wh.x" },
    { path: "tty", type: "character-device", device: { major: 5, minor: 1 } },
  ).slice(0, -1024),
  rawMember({ name: "././@LongLink", type: "L" }, `${"n".repeat(130)}\0`),
  rawMember({
    name: "old",
    type: "S",
    size: octal(8),
    at: { 386: octal(512), 398: octal(8), 482: "\x01", 483: octal(4096) },
  }, new Uint8Array()),
  // The rest of its map, and its data.
  new Uint8Array(512),
  bytes("12345678".padEnd(512, "\0")),
  rawHeader({ name: "end", size: Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) }),
  new Uint8Array(1024),
);

/** Unpacks an archive in pieces: to a tree, or to the rule that refuses it. */
function unpack(data: Uint8Array, pieceSize: number): string[] | string {
  const target = new MemoryTarget();
  const writer = new LayerWriter(target);
  writer.beginLayer();
  const reader = new TarReader(writer);
  try {
    for (let at = 0; at < data.length; at += pieceSize) {
      reader.push(data.subarray(at, at + pieceSize));
    }
    reader.end();
  } catch (error) {
    if (error instanceof LayerFault) return error.rule;
    throw error;
  }
  // A hole may be larger than memory.
  return target.describe((content) => `${content.length}`);
}

const whole = unpack(archive, archive.length);

Deno.test("an archive is the same in pieces of any size", () => {
  assert.equal(whole.length, 9);
  for (let size = 1; size < 1200; size++) assert.deepEqual(unpack(archive, size), whole);
});

Deno.test("an archive that ends at any byte is refused, or ends between members", () => {
  const results = new Map<string, number>();
  for (let length = 0; length <= archive.length; length++) {
    const result = unpack(archive.subarray(0, length), 4096);
    const name = typeof result === "string" ? result : `${result.length} entries`;
    results.set(name, (results.get(name) ?? 0) + 1);
  }
  const between = [...results].filter(([name]) => name !== "archive-truncated");
  assert.deepEqual(between, [
    ["1 entries", 2],
    ["2 entries", 1],
    ["3 entries", 1],
    ["4 entries", 1],
    ["5 entries", 1],
    ["6 entries", 2],
    ["7 entries", 1],
    ["8 entries", 1],
    ["9 entries", 3],
  ]);
});

Deno.test("random changes of an archive are refused by a rule, or change the tree", () => {
  const headers = Array.from({ length: archive.length / 512 }, (_, index) => index * 512)
    .filter((at) => archive[at + 148] === 0x30 && archive[at + 257] === 0x75);
  assert.ok(headers.length > 12);
  const change = fc.tuple(
    fc.oneof(
      fc.nat(archive.length - 1),
      fc.tuple(fc.constantFrom(...headers), fc.nat(511)).map(([at, offset]) => at + offset),
    ),
    fc.oneof(fc.nat(255), fc.constantFrom(0, 0x20, 0x2f, 0x30, 0x37, 0x80, 0xff)),
  );
  const rules = new Set<string>();
  fc.assert(
    fc.property(
      fc.array(change, { minLength: 1, maxLength: 6 }),
      fc.constantFrom(100, 512, 1 << 20),
      (changes, pieceSize) => {
        const changed = archive.slice();
        for (const [at, byte] of changes) changed[at] = byte;
        for (const at of headers) seal(changed, at);
        const result = unpackWithoutContent(changed, pieceSize);
        if (typeof result === "string") rules.add(result);
      },
    ),
    { seed: 8, numRuns: 5000 },
  );
  // What they find is not only that.
  assert.ok(rules.size > 10, [...rules].join(" "));
});

/** Like {@linkcode unpack}, for files that may have holes larger than memory. */
function unpackWithoutContent(data: Uint8Array, pieceSize: number): string | undefined {
  const writer = new LayerWriter(new MemoryTarget());
  writer.beginLayer();
  const reader = new TarReader(writer);
  try {
    for (let at = 0; at < data.length; at += pieceSize) {
      reader.push(data.subarray(at, at + pieceSize));
    }
    reader.end();
    return undefined;
  } catch (error) {
    if (error instanceof LayerFault) return error.rule;
    throw error;
  }
}

/** Gives a header its checksum, so that changes of it get further. */
function seal(data: Uint8Array, at: number): void {
  data.fill(0x20, at + 148, at + 156);
  const sum = data.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
  data.set(bytes(`${sum.toString(8).padStart(6, "0")}\0 `), at + 148);
}

Deno.test("random changes of compressed layers are refused, whole processes included", async () => {
  // Larger than the decoder's buffer, with blocks of all kinds.
  const text = await bash("seq 1 400000", ".");
  const large = archiveOf({ path: "text", data: text }, {
    path: "zeros",
    data: new Uint8Array(2e6),
  });
  const nobody = { member: () => true, data: () => {} };
  for (
    const [name, blob] of [["gzip", gzipSync(large)], ["zstd", zstdCompressSync(large)]] as const
  ) {
    const found = new Map<string, number>();
    // Each byte of the headers, and some everywhere.
    const places = Array.from(
      { length: 40 },
      (_, index) => index < 25 ? index : Math.floor((index - 24) * (blob.length - 1) / 16),
    );
    for (const at of places) {
      const changed = new Uint8Array(blob);
      changed[at] = changed[at]! ^ (1 + at % 255);
      const rule = await readLayer(layerOf(changed, { archive: large, pieceSize: 65536 }), nobody)
        .then(() => "nothing", (error) => {
          assert.ok(hasCode(error, "corrupt-layer"), String(error));
          return error.data.rule;
        });
      found.set(rule, (found.get(rule) ?? 0) + 1);
    }
    assert.ok((found.get(`${name}-damaged`) ?? 0) > 15, JSON.stringify([...found]));
  }
});
