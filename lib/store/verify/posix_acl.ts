/** The name of the ACL that says who may do what. */
const ACCESS_ACL = "system.posix_acl_access";
/** The name of the ACL that new files in a folder get. */
export const DEFAULT_ACL = "system.posix_acl_default";

/** The names of both ACLs. */
export const ACLS = [ACCESS_ACL, DEFAULT_ACL] as const;

const ACL_VERSION = 2;
const HEADER_SIZE = 4;
const ENTRY_SIZE = 8;
const ACL_USER_OBJ = 0x1;
const ACL_USER = 0x2;
const ACL_GROUP_OBJ = 0x4;
const ACL_GROUP = 0x8;
const ACL_MASK = 0x10;
const ACL_OTHER = 0x20;
const BASE_TAGS = ACL_USER_OBJ | ACL_GROUP_OBJ | ACL_OTHER;
const UNDEFINED_ID = 0xffffffff;

/**
 * The mode that a file has once its ACL is set: the kernel makes the one say what the other does.
 *
 * Source: the kernel's `posix_acl_update_mode` (`fs/posix_acl.c`) and `include/uapi/linux/posix_acl_xattr.h`.
 */
export function modeWithAcl(
  mode: number,
  xattrs: ReadonlyMap<string, Uint8Array> | undefined,
): number {
  const acl = xattrs?.get(ACCESS_ACL);
  const view = acl && viewOf(acl);
  if (view === undefined) return mode;
  const permissions = new Map<number, number>();
  for (let at = HEADER_SIZE; at < view.byteLength; at += ENTRY_SIZE) {
    permissions.set(view.getUint16(at, true), view.getUint16(at + 2, true) & 7);
  }
  const owner = permissions.get(ACL_USER_OBJ) ?? mode >> 6 & 7;
  const group = permissions.get(ACL_MASK) ?? permissions.get(ACL_GROUP_OBJ) ?? mode >> 3 & 7;
  const other = permissions.get(ACL_OTHER) ?? mode & 7;
  return mode & 0o7000 | owner << 6 | group << 3 | other;
}

/**
 * An ACL as the kernel gives it back: numbers of entries that have none are not kept. Undefined if the kernel keeps no
 * ACL at all, since it is empty or says no more than the mode. What is no ACL stays as it is.
 *
 * Source: the kernel's `posix_acl_equiv_mode` and `posix_acl_to_xattr` (`fs/posix_acl.c`).
 */
export function keptAcl(name: string, value: Uint8Array): Uint8Array | undefined {
  const view = viewOf(value);
  if (view === undefined) return value;
  let tags = 0;
  const kept = new Uint8Array(value);
  const keptView = new DataView(kept.buffer);
  for (let at = HEADER_SIZE; at < view.byteLength; at += ENTRY_SIZE) {
    const tag = view.getUint16(at, true);
    tags |= tag;
    if (tag !== ACL_USER && tag !== ACL_GROUP) keptView.setUint32(at + 4, UNDEFINED_ID, true);
  }
  if (tags === 0 || name === ACCESS_ACL && tags === BASE_TAGS) return undefined;
  return kept;
}

function viewOf(acl: Uint8Array): DataView | undefined {
  const view = new DataView(acl.buffer, acl.byteOffset, acl.byteLength);
  const isAcl = acl.length >= HEADER_SIZE && (acl.length - HEADER_SIZE) % ENTRY_SIZE === 0 &&
    view.getUint32(0, true) === ACL_VERSION;
  return isAcl ? view : undefined;
}
