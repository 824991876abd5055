import type { Corrupt, Ext4, FileInfo, Incompatible } from "../../ext4/mod.ts";
import { isUnreadable } from "./is_unreadable.ts";

/** The target of a symlink, or why it cannot be read. Nothing else has either. */
export interface LinkTarget {
  /** The target, unchanged. */
  readonly target?: string;
  /** What is wrong with it. */
  readonly error?: Corrupt | Incompatible;
}

/** Reads the target of a symlink. A damaged link is not an error, since it must not end a listing of many. */
export async function readTarget(root: Ext4, info: FileInfo | undefined): Promise<LinkTarget> {
  if (!info?.isSymlink) return {};
  try {
    return { target: await root.readLink(info) };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return { error };
  }
}
