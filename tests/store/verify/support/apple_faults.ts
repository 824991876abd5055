import assert from "node:assert/strict";
import { parsePlatform } from "../../../../lib/oci/mod.ts";
import { checkImage, openImage, type Store } from "../../../../lib/store/mod.ts";
import { lines } from "./checked_image.ts";

const NOT_IN_USE = "a name leads to it, but it is not in use";
const ACL_FAULT = (path: string, name = "access") =>
  `different | ${path} | acl encoding | system.posix_acl_${name} in ext4's encoding (version 1) | ` +
  "version 2, which the kernel cannot read";

/** What the README of the images says of `broken`, and no more. */
const BROKEN = [
  ACL_FAULT("/data/acl"),
  "different | /data/acl | mode | 0640 | 0644",
  "different | /r | link count | 3 | 2",
  "different | /r/linktodir | link count | 2 | 1",
  `dead | /h/over2 | file | Cannot read the inode 23: ${NOT_IN_USE}`,
  `dead | /h/second | file | Cannot read the inode 22: ${NOT_IN_USE}`,
  `dead | /h/third | file | Cannot read the inode 22: ${NOT_IN_USE}`,
  "lost | /usr/bin/tool | file",
  "lost | /usr/bin/tool2 | file",
  "lost | /usr/lib/through-link | file",
  "unattached | #28 | file, 32 bytes",
  "unattached | #29 | file, 10 bytes",
];

/** By archive: an image, its platform, its faults, and why it cannot be compared with its layers. */
const ROWS: Readonly<Record<string, readonly [string, string, string[], string | undefined][]>> = {
  "container-1.2.tar.zst": [
    ["broken", "linux/amd64", BROKEN, undefined],
    [
      "local/edge:cases",
      "linux/amd64",
      [
        ACL_FAULT("/xattrs/acl"),
        "different | /xattrs/acl | mode | 0640 | 0644",
        "lost | /dev/fifo | fifo",
        "lost | /dev/null | character-device",
        "lost | /dev/sda | block-device",
      ],
      undefined,
    ],
    ["quay.io/example/uki:1.0", "linux/amd64", [], undefined],
    ["demo", "linux/arm64", [], undefined],
    [
      "demo",
      "linux/amd64",
      [
        ACL_FAULT("/var/log/journal"),
        ACL_FAULT("/var/log/journal", "default"),
        "doubled | /. | inode 2 | again, inode 12",
      ],
      "3 of its 3 layers are not in the store",
    ],
  ],
  "container-0.6.tar.zst": [
    ["broken", "linux/amd64", BROKEN, undefined],
    ["demo", "linux/arm64", [], "1 of its 1 layers are not in the store"],
  ],
};

/** Checks that each image of an app root has the faults that are known of it, and no others. */
export async function checkKnownFaults(
  t: Deno.TestContext,
  store: Store,
  archive: string,
): Promise<void> {
  for (const [name, platform, faults, uncompared] of ROWS[archive]!) {
    await t.step(`checkImage() finds what is wrong in ${name} for ${platform}`, async () => {
      using opened = await openImage(name, {
        store: store.root,
        platform: parsePlatform(platform),
      });
      const found = await checkImage(opened);
      assert.deepEqual(lines(found.findings), faults.toSorted());
      assert.equal(found.uncompared, uncompared);
    });
  }
}
