import assert from "node:assert/strict";
import { formatSize, parseSize } from "../../lib/ui/mod.ts";

const MIB = 2 ** 20;

Deno.test("parseSize() reads binary units, and a bare number as MiB", () => {
  const rows: [string, number | undefined][] = [
    ["512M", 512 * MIB],
    ["4G", 4096 * MIB],
    ["1.5GiB", 1536 * MIB],
    ["64k", 65536],
    ["2TB", 2 * 2 ** 40],
    ["1024", 1024 * MIB],
    [" 2G ", 2048 * MIB],
    ["0.001K", 1],
    ["0", undefined],
    ["0G", undefined],
    ["0.0001K", undefined],
    ["", undefined],
    ["G", undefined],
    ["-1", undefined],
    ["1e3", undefined],
    ["4 G", undefined],
    ["4X", undefined],
    ["9".repeat(40), undefined],
  ];
  for (const [text, bytes] of rows) assert.equal(parseSize(text), bytes, text);
});

Deno.test("formatSize() shows at most three digits", () => {
  const rows: [number, string][] = [
    [0, "0B"],
    [999, "999B"],
    [1000, "1K"],
    [1536, "1.5K"],
    [82_523_955, "79M"],
    [4 * 2 ** 30, "4G"],
    [550_829_555_712, "513G"],
    [2 ** 50, "1P"],
  ];
  for (const [bytes, text] of rows) assert.equal(formatSize(bytes), text);
});
