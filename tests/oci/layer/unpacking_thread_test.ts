import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import { hasCode, type LayerInput, readLayer, unpackLayers } from "../../../lib/oci/mod.ts";
import { archiveOf, bytes, concat, layerOf } from "./support/layer.ts";
import { MemoryTarget } from "./support/memory_target.ts";

/** Bytes that no compressor makes smaller: so many that another thread unpacks them. */
function noise(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 32) {
    bytes.set(createHash("sha256").update(`${at}`).digest(), at);
  }
  return bytes;
}

const content = noise(6 << 20);
const archive = archiveOf({ path: "a", data: content }, { path: "b", data: "end" });
const half = 3 << 20;
const parts = [archive.subarray(0, half), archive.subarray(half)] as const;
const gzip = concat(...parts.map((part) => gzipSync(part, { level: 1 })));
const zstd = concat(...parts.map((part) => zstdCompressSync(part)));

for (const [name, blob] of [["gzip", gzip], ["zstd", zstd]] as const) {
  Deno.test(`a large layer of ${name} is unpacked in another thread`, async () => {
    const target = new MemoryTarget();
    const layer = layerOf(blob, { archive, pieceSize: 100_000 });
    await unpackLayers(target, [layer, layer, layer]);
    target.finish();
    const entry = target.find(target.root, new TextEncoder().encode("a"))!;
    const written = createHash("sha256");
    for (const piece of target.node(entry).pieces!) written.update(piece);
    assert.equal(written.digest("hex"), createHash("sha256").update(content).digest("hex"));
  });

  for (
    const [damage, damaged] of [
      ["is cut short", blob.slice(0, blob.length - 5)],
      ["is damaged at its start", blob.with(40, blob[40]! ^ 0xff)],
      ["is damaged in the middle", blob.with(5 << 20, blob[5 << 20]! ^ 0x55)],
      ["has something behind it", concat(blob, new Uint8Array(600).fill(7))],
    ] as const
  ) {
    Deno.test(`a large layer of ${name} that ${damage} is refused`, async () => {
      await assert.rejects(
        readLayer(layerOf(new Uint8Array(damaged), { archive }), visitor()),
        (error) =>
          hasCode(error, "corrupt-layer") &&
          [`${name}-damaged`, "diff-id", "header-checksum"].includes(error.data.rule),
      );
    });
  }

  Deno.test(`a large layer of ${name} ends when it is aborted`, async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const layer = layerOf(blob, { archive, pieceSize: 300_000 });
    const reading = readLayer(layer, visitor(), {
      signal: controller.signal,
      onProgress: ({ done }) => done > 1_000_000 && controller.abort(reason),
    });
    await assert.rejects(reading, (error) => error === reason);
  });

  Deno.test(`a large layer of ${name} ends when the visitor or the source fails`, async () => {
    const reason = new Error("no room");
    const layer = layerOf(blob, { archive, pieceSize: 300_000 });
    await assert.rejects(
      readLayer(layer, {
        member: () => true,
        data: () => {
          throw reason;
        },
      }),
      (error) => error === reason,
    );
    const failing: LayerInput = {
      ...layer,
      async *open() {
        yield blob.slice(0, 1_000_000);
        await Promise.resolve();
        throw reason;
      },
    };
    await assert.rejects(readLayer(failing, visitor()), (error) => error === reason);
  });
}

Deno.test("zstd data that is damaged where its output fills a buffer is refused, not the thread's end", async () => {
  // Blocks that are compressed, unlike noise.
  const text = bytes(noise(5 << 20).toHex());
  const large = archiveOf({ path: "text", data: text });
  const params = { [constants.ZSTD_c_checksumFlag]: 1 };
  const blob = new Uint8Array(zstdCompressSync(large, { params }));
  const rules = new Set<string>();
  for (let i = 1; i < 10; i++) {
    const damaged = blob.slice();
    const at = Math.floor(blob.length * i / 10);
    for (let k = 0; k < 40; k++) damaged[at + k]! ^= 0x5a + k;
    await assert.rejects(readLayer(layerOf(damaged, { archive: large }), visitor()), (error) => {
      assert.ok(hasCode(error, "corrupt-layer"));
      rules.add(error.data.rule);
      return true;
    });
  }
  assert.deepEqual([...rules], ["zstd-damaged"]);
});

function visitor() {
  return { member: () => true, data: () => {} };
}
