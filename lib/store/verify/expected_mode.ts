import type { TargetMetadata } from "../../oci/mod.ts";

const ACL_NAME = "system.posix_acl_access";
const ACL_VERSION = 2;
const ACL_USER_OBJ = 0x1;
const ACL_GROUP_OBJ = 0x4;
const ACL_MASK = 0x10;
const ACL_OTHER = 0x20;

/**
 * The mode that a file has once its ACL is set: the kernel makes the one say what the other does.
 *
 * Source: the kernel's `posix_acl_update_mode` (`fs/posix_acl.c`) and `include/uapi/linux/posix_acl_xattr.h`.
 */
export function expectedMode({ mode, xattrs }: TargetMetadata): number {
  const acl = xattrs?.get(ACL_NAME);
  if (acl === undefined) return mode;
  const view = new DataView(acl.buffer, acl.byteOffset, acl.byteLength);
  if (view.byteLength < 4 || view.getUint32(0, true) !== ACL_VERSION) return mode;
  const permissions = new Map<number, number>();
  for (let at = 4; at + 8 <= view.byteLength; at += 8) {
    permissions.set(view.getUint16(at, true), view.getUint16(at + 2, true) & 7);
  }
  const owner = permissions.get(ACL_USER_OBJ) ?? mode >> 6 & 7;
  const group = permissions.get(ACL_MASK) ?? permissions.get(ACL_GROUP_OBJ) ?? mode >> 3 & 7;
  const other = permissions.get(ACL_OTHER) ?? mode & 7;
  return mode & 0o7000 | owner << 6 | group << 3 | other;
}
