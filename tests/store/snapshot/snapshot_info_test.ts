import assert from "node:assert/strict";
import fc from "fast-check";
import { parseSnapshotInfo, type SnapshotInfo } from "../../../lib/store/snapshot/snapshot_info.ts";

const parse = (text: string) => parseSnapshotInfo(new TextEncoder().encode(text));

Deno.test("parseSnapshotInfo() reads what can be read", () => {
  const source = "/Users/u/Library/Application Support/com.apple.container/snapshots/0/snapshot";
  const rows: [text: string, info: SnapshotInfo][] = [
    [
      `{"type":{"block":{"format":"ext4","cache":{"on":{}},"sync":{"fsync":{}}}},"source":"${
        source.replaceAll("/", "\\/")
      }","destination":"\\/","options":[]}`,
      { format: "ext4", cache: "on", sync: "fsync", source },
    ],
    ['{"type":{"block":{"format":"ext4","cache":{"auto":{}}}}}', { format: "ext4", cache: "auto" }],
    ['{"type":{"tmpfs":{}},"source":7}', {}],
    ['{"type":{"block":{"cache":{},"sync":"full"}}}', {}],
    ['{"type":{"block":null},"source":"/x"}', { source: "/x" }],
    ["", {}],
    ["null", {}],
    ["[]", {}],
    ["[".repeat(100_000), {}],
  ];
  for (const [text, info] of rows) assert.deepEqual(parse(text), info, text.slice(0, 80));
});

Deno.test("parseSnapshotInfo() never fails", () => {
  fc.assert(fc.property(fc.json(), (text) => {
    parse(text);
    parse(`{"type":{"block":${text}}}`);
  }));
});
