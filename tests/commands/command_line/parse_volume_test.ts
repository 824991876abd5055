import assert from "node:assert/strict";
import { parseDisk } from "../../../lib/commands/command_line/parse_disk.ts";
import { parseVolume } from "../../../lib/commands/command_line/parse_volume.ts";

Deno.test("parseVolume() takes a folder, a place and a mode apart", async (t) => {
  const rows = [
    ["/data:/data", "/data", "/data", false],
    ["./my folder:/mnt/my folder", "./my folder", "/mnt/my folder", false],
    ["name:/mnt", "name", "/mnt", false],
    ["/data:/mnt:ro", "/data", "/mnt", true],
    ["/data:/mnt:rw", "/data", "/mnt", false],
    ["/a:b:/mnt", "/a:b", "/mnt", false],
    ["/a:/b:/mnt:ro", "/a:/b", "/mnt", true],
    ["C:/data:/mnt", "C:/data", "/mnt", false],
    ["/data:/mnt/12:30:rw", "/data", "/mnt/12:30", false],
    ["/data:/mnt/:ro", "/data", "/mnt/", true],
    ["/däta:/mnt/ä", "/däta", "/mnt/ä", false],
  ] as const;
  for (const [text, source, path, readOnly] of rows) {
    await t.step(text, () => assert.deepEqual(parseVolume(text), { source, path, readOnly }));
  }
});

Deno.test("parseVolume() refuses what is no volume", async (t) => {
  const rows = [
    ["/data", /It is HOST:GUEST/],
    ["", /It is HOST:GUEST/],
    [":/mnt", /It is HOST:GUEST/],
    ["/data:mnt", /Behind GUEST/],
    ["/data:/", /root cannot be replaced/],
    ["/data:/./", /root cannot be replaced/],
    ["/data:/mnt:Z", /podman's/],
    ["/data:/mnt:ro,z", /podman's/],
    ["/data:/mnt:", /It is HOST:GUEST/],
    ["/data:/mnt/../etc", /`\.\.`/],
  ] as const;
  for (const [text, message] of rows) {
    await t.step(text, () => assert.throws(() => parseVolume(text), { message }));
  }
});

Deno.test("parseDisk() takes a file, a mode and a serial number apart", async (t) => {
  const rows = [
    ["/a.img", { path: "/a.img", readOnly: false }],
    ["a b.qcow2:ro", { path: "a b.qcow2", readOnly: true }],
    ["/a.img:data", { path: "/a.img", readOnly: false, serial: "data" }],
    ["/a.img:ro:data-1.x", { path: "/a.img", readOnly: true, serial: "data-1.x" }],
    ["/a.img:rw:data", { path: "/a.img", readOnly: false, serial: "data" }],
    ["/a:b.img:rw", { path: "/a:b.img", readOnly: false }],
    ["/a:b.img:ro:data", { path: "/a:b.img", readOnly: true, serial: "data" }],
    ["/a:b/c.img", { path: "/a:b/c.img", readOnly: false }],
    ["/a:b/c.img:data", { path: "/a:b/c.img", readOnly: false, serial: "data" }],
  ] as const;
  for (const [text, disk] of rows) {
    await t.step(text, () => assert.deepEqual(parseDisk(text), disk));
  }
});

Deno.test("parseDisk() refuses what is no disk", async (t) => {
  for (
    const text of ["", ":ro", "/a.img:", "/a.img:ro:", "/a.img:a b", "/a.img:123456789012345678901"]
  ) {
    await t.step(text, () => assert.throws(() => parseDisk(text), { name: "InvalidValue" }));
  }
  await t.step("/a:b.img:data", () => {
    assert.throws(() => parseDisk("/a:b.img:data"), { message: /has to be :ro or :rw/ });
  });
});
