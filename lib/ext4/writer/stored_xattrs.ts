import { encodeAcl } from "./encode_acl.ts";
import { S_IFDIR, S_IFLNK, S_IFREG } from "./file_tree.ts";
import { layoutXattrs, MAX_VALUE_SIZE } from "./xattr_layout.ts";
import { compareXattrs, type StoredXattr } from "./xattr_sets.ts";

const POSIX_ACL_ACCESS = "system.posix_acl_access";
const POSIX_ACL_DEFAULT = "system.posix_acl_default";
const MAX_NAME_LENGTH = 255;

/** By the beginning of a name: its `e_name_index`. */
const NAME_INDEXES: readonly (readonly [string, number])[] = [
  ["user.", 1],
  ["trusted.", 4],
  ["security.", 6],
];

/** What is stored of the attributes of a file. */
export interface StoredXattrs {
  /** The attributes, in the order of {@linkcode compareXattrs}. */
  readonly xattrs: readonly StoredXattr[];
  /** The nine permission bits that an ACL implies, if there is one. */
  readonly permissions: number | undefined;
}

/** Why attributes cannot be stored. */
export interface UnstorableXattrs {
  /** What is wrong. */
  readonly part: "xattr" | "acl";
  /** Why, as a part of a sentence. */
  readonly why: string;
}

const encoder = new TextEncoder();

/** What is stored of the attributes of a file of some type; see `Ext4Metadata.xattrs`. */
export function storedXattrs(
  xattrs: ReadonlyMap<string, Uint8Array>,
  type: number,
): StoredXattrs | UnstorableXattrs {
  const stored: StoredXattr[] = [];
  let permissions: number | undefined;
  for (const [name, value] of xattrs) {
    if (name === POSIX_ACL_ACCESS || name === POSIX_ACL_DEFAULT) {
      const isAccess = name === POSIX_ACL_ACCESS;
      if (type === S_IFLNK || (!isAccess && type !== S_IFDIR)) continue;
      const acl = encodeAcl(value);
      if (acl === undefined) return { part: "acl", why: `the value of ${name} is not an ACL` };
      if (acl === null) continue;
      if (isAccess) permissions = acl.permissions;
      // A default ACL is kept even if permission bits could say the same.
      if (isAccess && acl.isPlain) continue;
      stored.push({ nameIndex: isAccess ? 2 : 3, name: new Uint8Array(), value: acl.value });
      continue;
    }
    const [prefix, nameIndex] = NAME_INDEXES.find(([prefix]) => name.startsWith(prefix)) ?? [];
    if (prefix === undefined || nameIndex === undefined) continue;
    if (nameIndex === 1 && type !== S_IFREG && type !== S_IFDIR) continue;
    const rest = encoder.encode(name.slice(prefix.length));
    const length = rest.length + prefix.length;
    if (rest.length === 0 || length > MAX_NAME_LENGTH || rest.includes(0)) {
      return { part: "xattr", why: `an extended attribute cannot have the name ${name}` };
    }
    if (value.length > MAX_VALUE_SIZE) {
      return { part: "xattr", why: `the value of ${name} cannot have ${value.length} bytes` };
    }
    stored.push({ nameIndex, name: rest, value });
  }
  stored.sort(compareXattrs);
  const layout = layoutXattrs(stored);
  // The kernel takes the blocks of values for those of the target then.
  const isMisread = type === S_IFLNK && layout !== undefined && layout.ownInode.size > 0;
  if (layout === undefined || isMisread) {
    return { part: "xattr", why: "it has more extended attributes than there is room for" };
  }
  return { xattrs: stored, permissions };
}
