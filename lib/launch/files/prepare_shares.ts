import { reasonOf, SnapvmError } from "../../error/mod.ts";
import { isAbsolute, resolve } from "../../host/mod.ts";
import type { PreparedShare } from "./prepared_share.ts";
import type { Share } from "./share.ts";

/**
 * Looks at the folders that a guest is to have before anything is started.
 *
 * @param shares The folders.
 * @returns The same in the order in which they have to be mounted: what lies in another one comes after it.
 * @throws {SnapvmError} `share-unusable` if a folder is not there or cannot be read, `place-taken` if two are to be at
 * the same place in the guest.
 * @throws {RangeError} If a path in the guest is not absolute, or is the root.
 */
export async function prepareShares(shares: readonly Share[]): Promise<PreparedShare[]> {
  const sorted = shares.map((share) => ({ ...share, path: guestPath(share.path) }))
    .sort((a, b) => depth(a.path) - depth(b.path));
  const taken = sorted.find(({ path }, index) => index !== sorted.findLastIndex(isAt(path)));
  if (taken !== undefined) {
    throw new SnapvmError(
      "place-taken",
      `Cannot share two folders at ${taken.path} in the guest: only the last would be seen`,
      { data: { place: taken.path } },
    );
  }
  return await Promise.all(sorted.map(async ({ source, path, readOnly = false }, index) => ({
    source: await checkFolder(source),
    tag: `snapvm.share${index}`,
    readOnly,
    path,
  })));
}

function isAt(path: string): (share: Share) => boolean {
  return (share) => share.path === path;
}

function guestPath(path: string): string {
  const resolved = isAbsolute(path) ? resolve(path) : "/";
  if (resolved !== "/") return resolved;
  throw new RangeError(`Cannot share a folder at ${JSON.stringify(path)} in the guest`);
}

function depth(path: string): number {
  return path.split("/").length;
}

/** The folder's real path: servers resolve no symbolic links, and what one points at may change while they run. */
async function checkFolder(source: string): Promise<string> {
  const unusable = (
    reason: "missing" | "not-a-folder" | "no-permission",
    why: string,
    cause?: unknown,
  ) =>
    new SnapvmError("share-unusable", `Cannot share ${source}: ${why}`, {
      data: { path: source, reason },
      cause,
    });
  try {
    const path = await Deno.realPath(source);
    if (!(await Deno.stat(path)).isDirectory) throw unusable("not-a-folder", "it is not a folder");
    for await (const _ of Deno.readDir(path)) break;
    return path;
  } catch (cause) {
    if (cause instanceof SnapvmError) throw cause;
    if (cause instanceof Deno.errors.NotFound) {
      throw unusable("missing", "there is no such folder", cause);
    }
    throw unusable("no-permission", reasonOf(cause), cause);
  }
}
