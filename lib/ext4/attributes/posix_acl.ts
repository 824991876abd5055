import { Corrupt } from "../volume/corrupt.ts";
import type { CorruptPlace } from "../volume/corrupt.ts";

/** The version that ext4 writes: only entries that need a number have one. */
const EXT4_ACL_VERSION = 1;
/** The version that programs see. */
const POSIX_ACL_XATTR_VERSION = 2;

const ACL_USER = 0x2;
const ACL_GROUP = 0x8;
const ACL_UNDEFINED_ID = 0xffffffff;

/**
 * Turns a POSIX ACL from the form that ext4 stores into the one that `getxattr` gives. Some writers store the second
 * form, which is handed on unchanged.
 *
 * Source: the kernel's `fs/ext4/acl.h` and `include/uapi/linux/posix_acl_xattr.h`.
 *
 * @throws {Corrupt} If an entry is cut off.
 */
export function toXattrAcl(
  value: Uint8Array<ArrayBuffer>,
  place: CorruptPlace,
): Uint8Array<ArrayBuffer> {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (view.byteLength < 4 || view.getUint32(0, true) !== EXT4_ACL_VERSION) return value.slice();
  const entries: [tag: number, permissions: number, id: number][] = [];
  let offset = 4;
  while (offset < view.byteLength) {
    const e_tag = offset + 4 <= view.byteLength ? view.getUint16(offset, true) : 0;
    const hasId = e_tag === ACL_USER || e_tag === ACL_GROUP;
    const size = hasId ? 8 : 4;
    if (offset + size > view.byteLength) {
      throw new Corrupt("extended attributes", "an entry of the ACL is cut off", place);
    }
    const e_perm = view.getUint16(offset + 2, true);
    const e_id = hasId ? view.getUint32(offset + 4, true) : ACL_UNDEFINED_ID;
    entries.push([e_tag, e_perm, e_id]);
    offset += size;
  }
  const acl = new DataView(new ArrayBuffer(4 + 8 * entries.length));
  acl.setUint32(0, POSIX_ACL_XATTR_VERSION, true);
  entries.forEach(([tag, permissions, id], index) => {
    acl.setUint16(4 + 8 * index, tag, true);
    acl.setUint16(6 + 8 * index, permissions, true);
    acl.setUint32(8 + 8 * index, id, true);
  });
  return new Uint8Array(acl.buffer);
}
