import assert from "node:assert/strict";
import { toXattrAcl } from "../../../lib/ext4/attributes/posix_acl.ts";
import { Corrupt } from "../../../lib/ext4/mod.ts";

Deno.test("toXattrAcl() gives an ACL in the form of getxattr", () => {
  const rows: [name: string, stored: string, wanted: string][] = [
    [
      "an owner, a user, a mask, others",
      "01000000 01000700 02000600 e8030000 10000500 20000400",
      "02000000 01000700 ffffffff 02000600 e8030000 10000500 ffffffff 20000400 ffffffff",
    ],
    [
      "a group",
      "01000000 04000500 08000700 64000000",
      "02000000 04000500 ffffffff 08000700 64000000",
    ],
    ["no entries", "01000000", "02000000"],
    ["one that has that form already", "02000000 01000700 ffffffff", "02000000 01000700 ffffffff"],
    ["nothing", "", ""],
  ];
  for (const [name, stored, wanted] of rows) {
    const acl = toXattrAcl(Uint8Array.fromHex(stored.replaceAll(" ", "")), {});
    assert.equal(acl.toHex(), wanted.replaceAll(" ", ""), name);
  }
});

Deno.test("toXattrAcl() finds an entry that is cut off", () => {
  for (const stored of ["010000000100", "0100000002000700", "01000000020007000000"]) {
    assert.throws(() => toXattrAcl(Uint8Array.fromHex(stored), { inode: 12 }), Corrupt, stored);
  }
});
