import assert from "node:assert/strict";
import { directoryHash } from "../../../lib/ext4/directory/directory_hash.ts";
import { run } from "../support/programs.ts";

const SEED = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
const SEED_WORDS = [0x3d2c1b0a, 0x71605f4e, 0xb5a49382, 0xf9e8d7c6];
const NO_SEED_WORDS = [0, 0, 0, 0];

const NAMES = [
  "a",
  "abc",
  "abcd",
  "hello-world.txt",
  "x".repeat(16),
  "x".repeat(17),
  "x".repeat(32),
  "x".repeat(33),
  "x".repeat(255),
  "ümläut",
];

Deno.test("directoryHash() is the hash of debugfs dx_hash", async () => {
  const rows = ["legacy", "half_md4", "tea"].flatMap((kind, version) =>
    NAMES.flatMap((name) => [
      { kind, version, name, seed: `-s ${SEED}`, words: SEED_WORDS },
      { kind, version, name, seed: "", words: NO_SEED_WORDS },
    ])
  );
  const input = rows.map(({ kind, seed, name }) => `dx_hash -h ${kind} ${seed} ${name}\n`).join("");
  const output = await run("debugfs", [], { input });
  const hashes = [...output.matchAll(/ is 0x([0-9a-f]+) /g)].map(([, hash]) => hash);
  assert.equal(hashes.length, rows.length);
  rows.forEach(({ kind, version, name, words }, index) => {
    const hash = directoryHash(new TextEncoder().encode(name), version, words);
    assert.equal(hash?.toString(16), hashes[index], `${kind} of ${name}`);
  });
});

Deno.test("directoryHash() of characters below 128 is the same if they are unsigned", () => {
  const name = new TextEncoder().encode("plain.txt");
  for (const version of [0, 1, 2]) {
    const signed = directoryHash(name, version, SEED_WORDS);
    assert.equal(directoryHash(name, version + 3, SEED_WORDS), signed);
  }
});

Deno.test("directoryHash() does not know other kinds", () => {
  assert.equal(directoryHash(new Uint8Array([97]), 6, NO_SEED_WORDS), null);
});
