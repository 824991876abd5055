import assert from "node:assert/strict";
import { parseImagePath } from "../../../lib/commands/fs/image_path.ts";

Deno.test("parseImagePath() finds the path behind references of every form", () => {
  const rows: [string, string, string][] = [
    ["demo:/etc/os-release", "demo", "/etc/os-release"],
    ["demo:1.0:/etc", "demo:1.0", "/etc"],
    ["localhost:5000/x/y:tag:/a:/b", "localhost:5000/x/y:tag", "/a:/b"],
    ["x@sha256:00:/etc", "x@sha256:00", "/etc"],
    ["./disk.ext4:/", "./disk.ext4", "/"],
    ["demo", "demo", "/"],
    ["demo:1.0", "demo:1.0", "/"],
  ];
  for (const [text, image, path] of rows) assert.deepEqual(parseImagePath(text), { image, path });
});

Deno.test("parseImagePath() refuses a path without an image", () => {
  assert.throws(() => parseImagePath(":/etc"), /names no image/);
  assert.throws(() => parseImagePath(""), /names no image/);
});
