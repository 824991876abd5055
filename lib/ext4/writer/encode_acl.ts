/** The version of `getxattr`, and the one on the disk. Sources: see `../attributes/posix_acl.ts`. */
const POSIX_ACL_XATTR_VERSION = 2;
const EXT4_ACL_VERSION = 1;

const ACL_USER_OBJ = 0x1;
const ACL_USER = 0x2;
const ACL_GROUP_OBJ = 0x4;
const ACL_GROUP = 0x8;
const ACL_MASK = 0x10;
const ACL_OTHER = 0x20;

/** An ACL that can be stored. */
export interface EncodedAcl {
  /** The value on the disk. */
  readonly value: Uint8Array<ArrayBuffer>;
  /** Whether the permission bits say the same. */
  readonly isPlain: boolean;
  /** The nine permission bits that the ACL implies. */
  readonly permissions: number;
}

/**
 * Turns a POSIX ACL from the form that `setxattr` takes into the one that ext4 stores. An ACL without entries is none:
 * then the answer is null. Undefined if it is not an ACL.
 *
 * Source: the kernel's `fs/posix_acl.c`, `posix_acl_valid` and `posix_acl_equiv_mode`.
 */
export function encodeAcl(acl: Uint8Array): EncodedAcl | null | undefined {
  const view = new DataView(acl.buffer, acl.byteOffset, acl.byteLength);
  const count = (acl.length - 4) / 8;
  if (acl.length < 4 || !Number.isInteger(count)) return;
  if (view.getUint32(0, true) !== POSIX_ACL_XATTR_VERSION) return;
  if (count === 0) return null;
  const stored = new DataView(new ArrayBuffer(4 + 8 * count));
  stored.setUint32(0, EXT4_ACL_VERSION, true);
  let length = 4;
  let tags = 0;
  let previous = 0;
  let user = 0, group = 0, mask = -1, other = 0;
  for (let offset = 4; offset < acl.length; offset += 8) {
    const tag = view.getUint16(offset, true);
    const permissions = view.getUint16(offset + 2, true);
    const isNamed = tag === ACL_USER || tag === ACL_GROUP;
    // The tags ascend; only named users and groups come more than once.
    if ((permissions & ~7) !== 0 || tag < previous || (tag === previous && !isNamed)) return;
    previous = tag;
    tags |= tag;
    if (tag === ACL_USER_OBJ) user = permissions;
    else if (tag === ACL_GROUP_OBJ) group = permissions;
    else if (tag === ACL_MASK) mask = permissions;
    else if (tag === ACL_OTHER) other = permissions;
    else if (!isNamed) return;
    stored.setUint16(length, tag, true);
    stored.setUint16(length + 2, permissions, true);
    length += 4;
    if (!isNamed) continue;
    stored.setUint32(length, view.getUint32(offset + 4, true), true);
    length += 4;
  }
  const base = ACL_USER_OBJ | ACL_GROUP_OBJ | ACL_OTHER;
  if ((tags & base) !== base) return;
  if ((tags & (ACL_USER | ACL_GROUP)) !== 0 && mask < 0) return;
  return {
    value: new Uint8Array(stored.buffer, 0, length),
    isPlain: tags === base,
    permissions: user << 6 | (mask < 0 ? group : mask) << 3 | other,
  };
}
