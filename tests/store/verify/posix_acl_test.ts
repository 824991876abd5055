import assert from "node:assert/strict";
import { keptAcl, modeWithAcl } from "../../../lib/store/verify/posix_acl.ts";

const ACCESS = "system.posix_acl_access";
const DEFAULT = "system.posix_acl_default";
const OWNER = 1, USER = 2, GROUP = 4, MASK = 0x10, OTHER = 0x20;

function acl(...entries: [tag: number, permissions: number, id?: number][]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 + 8 * entries.length));
  view.setUint32(0, 2, true);
  entries.forEach(([tag, permissions, id = 0xffffffff], index) => {
    view.setUint16(4 + 8 * index, tag, true);
    view.setUint16(6 + 8 * index, permissions, true);
    view.setUint32(8 + 8 * index, id, true);
  });
  return new Uint8Array(view.buffer);
}

Deno.test("modeWithAcl() gives the mode that the kernel shows once the ACL is set", () => {
  const rows: [number, Uint8Array | undefined, number][] = [
    [0o644, undefined, 0o644],
    [0o4644, acl([OWNER, 7], [GROUP, 5], [OTHER, 0]), 0o4750],
    [0o644, acl([OWNER, 6], [USER, 7, 1000], [GROUP, 0], [MASK, 4], [OTHER, 0]), 0o640],
    [0o644, Uint8Array.of(1, 0, 0, 0), 0o644],
    [0o644, Uint8Array.of(2), 0o644],
  ];
  for (const [mode, value, expected] of rows) {
    const xattrs = value && new Map([[ACCESS, value]]);
    assert.equal(modeWithAcl(mode, xattrs), expected);
  }
});

Deno.test("keptAcl() leaves out what the kernel does not keep", () => {
  const plain = acl([OWNER, 7], [GROUP, 5], [OTHER, 0]);
  const full = acl([OWNER, 6], [USER, 7, 1000], [GROUP, 0], [MASK, 4], [OTHER, 0]);
  const numbered = acl([OWNER, 6, 0], [USER, 7, 1000], [GROUP, 0, 9], [MASK, 4, 0], [OTHER, 0]);
  const rows: [string, Uint8Array, Uint8Array | undefined][] = [
    [ACCESS, plain, undefined],
    [DEFAULT, plain, plain],
    [ACCESS, acl(), undefined],
    [DEFAULT, acl(), undefined],
    [ACCESS, full, full],
    [ACCESS, numbered, full],
    [ACCESS, Uint8Array.of(9, 9), Uint8Array.of(9, 9)],
  ];
  for (const [name, value, expected] of rows) assert.deepEqual(keptAcl(name, value), expected);
});
