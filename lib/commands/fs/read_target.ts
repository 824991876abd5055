import type { Corrupt, Ext4, FileInfo, Incompatible } from "../../ext4/mod.ts";
import { isUnreadable } from "./is_unreadable.ts";

/** Where a symlink points, or why that is not known; neither for anything else. */
export interface LinkTarget {
  /** The target, as it stands. */
  readonly target?: string;
  /** What is wrong with it. */
  readonly error?: Corrupt | Incompatible;
}

/** Reads where a symlink points. What is wrong with one link does not end a listing of many. */
export async function readTarget(root: Ext4, info: FileInfo | undefined): Promise<LinkTarget> {
  if (!info?.isSymlink) return {};
  try {
    return { target: await root.readLink(info) };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return { error };
  }
}
