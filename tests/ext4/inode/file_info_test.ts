import assert from "node:assert/strict";
import { FileInfo } from "../../../lib/ext4/inode/file_info.ts";
import { Corrupt } from "../../../lib/ext4/mod.ts";
import { parseSuperblock } from "../../../lib/ext4/volume/superblock.ts";

const image = Deno.readFileSync(new URL("../../fixtures/tiny.ext4", import.meta.url));
const superblock = parseSuperblock(image.slice(1024, 2048));

/** An inode of 256 bytes with 32 extra ones, and the given fields. */
function inode(set: (view: DataView) => void): FileInfo {
  const view = new DataView(new ArrayBuffer(256));
  view.setUint16(0x80, 32, true);
  set(view);
  return new FileInfo(12, view, 0, superblock);
}

Deno.test("FileInfo has the times of inodes.rst, Inode Timestamps", () => {
  // The columns of the kernel documentation's table: extra epoch bits, the most significant bit of the seconds.
  const rows: [epoch: number, seconds: number, wanted: string][] = [
    [0, -0x80000000, "1901-12-13T20:45:52.000Z"],
    [0, -1, "1969-12-31T23:59:59.000Z"],
    [0, 0, "1970-01-01T00:00:00.000Z"],
    [0, 0x7fffffff, "2038-01-19T03:14:07.000Z"],
    [1, -0x80000000, "2038-01-19T03:14:08.000Z"],
    [1, 0x7fffffff, "2174-02-25T09:42:23.000Z"],
    [2, -0x80000000, "2174-02-25T09:42:24.000Z"],
    [2, 0x7fffffff, "2310-04-04T16:10:39.000Z"],
    [3, -0x80000000, "2310-04-04T16:10:40.000Z"],
    [3, 0x7fffffff, "2446-05-10T22:38:55.000Z"],
  ];
  for (const [epoch, seconds, wanted] of rows) {
    const info = inode((view) => {
      view.setInt32(0x10, seconds, true);
      view.setUint32(0x88, epoch, true);
    });
    assert.equal(info.mtime.toISOString(), wanted);
  }
});

Deno.test("FileInfo has nanoseconds, before 1970 too", () => {
  const info = inode((view) => {
    view.setInt32(0x8, -1, true);
    view.setUint32(0x8c, 999_999_999 << 2, true);
    view.setInt32(0x90, 5, true);
    view.setUint32(0x94, (7 << 2) | 1, true);
  });
  assert.equal(info.atimeNs, -1n);
  assert.deepEqual(info.atimespec, { seconds: -1, nanoseconds: 999_999_999 });
  assert.equal(info.atime.getTime(), -1);
  assert.equal(info.birthtimeNs, (5n + 2n ** 32n) * 1_000_000_000n + 7n);
  assert.deepEqual(info.birthtimespec, { seconds: 5 + 2 ** 32, nanoseconds: 7 });
});

Deno.test("FileInfo carries nanoseconds that are more than a second over to the seconds", () => {
  const info = inode((view) => {
    view.setInt32(0x10, 5, true);
    view.setUint32(0x88, 2 ** 32 - 4, true);
  });
  assert.equal(info.mtimeNs, 5_000_000_000n + 2n ** 30n - 1n);
  assert.deepEqual(info.mtimespec, { seconds: 6, nanoseconds: 73_741_823 });
  assert.equal(info.mtime.getTime(), 6073);
});

Deno.test("FileInfo has no birth time if the inode has no room for it", () => {
  const info = inode((view) => view.setUint16(0x80, 16, true));
  assert.equal(info.birthtime, null);
  assert.equal(info.birthtimespec, null);
  assert.equal(info.birthtimeNs, null);
});

Deno.test("FileInfo has a device's number in the old and the new form", () => {
  const rows: [mode: number, old: number, current: number, wanted: object | null][] = [
    [0x2180, 0x0103, 0, { major: 1, minor: 3 }],
    [0x6180, 0, 0x00108103, { major: 0x81, minor: 0x103 }],
    [0x2180, 0, 0xfff00, { major: 0xfff, minor: 0 }],
    [0x81a4, 0x0103, 0, null],
  ];
  for (const [mode, old, current, wanted] of rows) {
    const info = inode((view) => {
      view.setUint16(0, mode, true);
      view.setUint32(0x28, old, true);
      view.setUint32(0x2c, current, true);
    });
    assert.deepEqual(info.rdev, wanted);
  }
});

Deno.test("FileInfo refuses what cannot be", () => {
  const rows: [name: string, set: (view: DataView) => void][] = [
    ["a size beyond 2^53", (view) => {
      view.setUint16(0, 0x81a4, true);
      view.setUint32(0x6c, 0x00200000, true);
      view.setUint32(0x4, 1, true);
    }],
    ["more extra bytes than the inode has", (view) => view.setUint16(0x80, 132, true)],
    ["extra bytes that are not whole words", (view) => view.setUint16(0x80, 30, true)],
  ];
  for (const [name, set] of rows) {
    assert.throws(
      () => inode(set),
      (error) => error instanceof Corrupt && error.inode === 12,
      name,
    );
  }
});
