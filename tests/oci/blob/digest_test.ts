import assert from "node:assert/strict";
import { parseDigest, sha256Digest } from "../../../lib/oci/mod.ts";

Deno.test("parseDigest() takes what the specification's grammar takes", () => {
  const hex = "0123456789abcdef".repeat(4);
  const rows: [text: string, algorithm: string, encoded: string][] = [
    [`sha256:${hex}`, "sha256", hex],
    [`sha512:${hex}${hex}`, "sha512", hex + hex],
    [
      "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8",
      "multihash+base58",
      "QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8",
    ],
    [
      "sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564",
      "sha256+b64u",
      "LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564",
    ],
  ];
  for (const [text, algorithm, encoded] of rows) {
    assert.deepEqual(parseDigest(text), { algorithm, encoded });
  }
});

Deno.test("parseDigest() refuses what could be anything but a digest", () => {
  const hex = "0123456789abcdef".repeat(4);
  const rows = [
    "",
    hex,
    "sha256:",
    `sha256:${hex}\n`,
    `sha256:${hex.slice(1)}`,
    `sha256:${hex.toUpperCase()}`,
    `SHA256:${hex}`,
    "sha256:../../../etc/passwd",
    "..:abc",
    "../sha256:abc",
    "a/b:abc",
    "x:a.b",
    `x:${"a".repeat(257)}`,
  ];
  for (const text of rows) {
    assert.throws(() => parseDigest(text), { code: "invalid-digest", data: { text } }, text);
  }
});

Deno.test("sha256Digest() is what sha256sum says", async () => {
  const path = await Deno.makeTempFile();
  try {
    for (const size of [0, 1, 63, 64, 65, 65_536]) {
      const bytes = crypto.getRandomValues(new Uint8Array(size));
      await Deno.writeFile(path, bytes);
      const { stdout } = await new Deno.Command("sha256sum", { args: [path] }).output();
      const hex = new TextDecoder().decode(stdout).split(" ")[0];
      assert.equal(await sha256Digest(bytes), `sha256:${hex}`);
    }
  } finally {
    await Deno.remove(path);
  }
});
