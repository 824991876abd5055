import { lookUp } from "../directory/directory.ts";
import type { Inode } from "../inode/inode.ts";
import type { InodeTable } from "../inode/inode_table.ts";
import { linkTarget } from "../content/link_target.ts";
import { showPath, splitPath } from "./path.ts";
import type { Path } from "./path.ts";
import type { Volume } from "../volume/volume.ts";

/** The inode of the root folder. */
export const ROOT_INO = 2;

/** How many symbolic links a path may lead through, as in Linux. */
const MAX_LINKS = 40;

const DOT = 0x2e;
const SLASH = 0x2f;

/**
 * Finds the inode that a path leads to, following a link at its end only if `followLast` says so. It never leaves the
 * filesystem: a path, and the target of a link that begins with `/`, start at the root, and `..` stays there.
 *
 * @throws {Deno.errors.NotFound} If there is no such path.
 * @throws {Deno.errors.NotADirectory} If the path leads on from something that is not a folder.
 * @throws {Deno.errors.FilesystemLoop} If it leads through more than 40 links.
 * @throws {Corrupt} If a folder, link or inode on the way is wrong.
 * @throws {Incompatible} If a folder or link on the way is encrypted.
 */
export function resolvePath(
  volume: Volume,
  inodes: InodeTable,
  path: Path,
  followLast: boolean,
): Inode {
  if (path.length === 0) throw new Deno.errors.NotFound(`Cannot find "": the path is empty`);
  const root = inodes.inode(ROOT_INO);
  /** The folders from the root to the place that the path has led to so far. */
  let folders = [root];
  let current = root;
  let links = 0;
  // The names that are left, the next one last.
  const names = splitPath(path).reverse();
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    if (!current.info.isDirectory) {
      throw new Deno.errors.NotADirectory(`Cannot find ${showPath(path)}: it leads on from a file`);
    }
    if (name.length === 0 || (name.length === 1 && name[0] === DOT)) continue;
    if (name.length === 2 && name[0] === DOT && name[1] === DOT) {
      if (folders.length > 1) folders.pop();
      current = folders.at(-1)!;
      continue;
    }
    const ino = lookUp(volume, current, name);
    if (ino === null) {
      throw new Deno.errors.NotFound(
        `Cannot find ${showPath(path)}: there is no ${showPath(name)} in its folder`,
      );
    }
    const next = inodes.inode(ino);
    if (next.info.isSymlink && (followLast || names.length > 0)) {
      if (++links > MAX_LINKS) {
        const why = `it leads through more than ${MAX_LINKS} links`;
        throw new Deno.errors.FilesystemLoop(`Cannot find ${showPath(path)}: ${why}`);
      }
      const target = linkTarget(volume, next);
      if (target[0] === SLASH) folders = [root];
      current = folders.at(-1)!;
      for (const part of splitPath(target).reverse()) names.push(part);
      continue;
    }
    current = next;
    if (next.info.isDirectory) folders.push(next);
  }
  return current;
}
