import { SnapvmError } from "../../error/mod.ts";

/** The bits of a mode that let the group or everybody else write. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Makes a folder that only this user can look into, unless it is there, for what is trusted later because nobody else
 * can have put it there: a program, a library.
 *
 * @param path The folder; those above it are made too.
 * @param kept What it is for, for the error: `a signed copy of snapvm`.
 * @throws {SnapvmError} `folder-not-private` if it is there and another user can write to it.
 */
export async function makePrivateFolder(path: string, kept: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  const { uid, mode } = await Deno.stat(path);
  const isOwn = uid === Deno.uid();
  if (isOwn && !((mode ?? 0) & WRITABLE_BY_OTHERS)) return;
  throw new SnapvmError(
    "folder-not-private",
    `Cannot keep ${kept} in ${path}: others can write to it`,
    { data: { path, isOwn } },
  );
}
