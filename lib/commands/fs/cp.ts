import type { Ext4, FileInfo, WalkedFile } from "../../ext4/mod.ts";
import { basename, join, PartialOutput, resolve, statIfThere } from "../../host/mod.ts";
import type { ImageCommandOptions } from "../image_command_options.ts";
import { CommandFailure, ExitStatus, print } from "../../ui/mod.ts";
import { Interruption } from "../interruption.ts";
import { warnUnreadable } from "./warn_unreadable.ts";
import { printableName, typeOf } from "./entry.ts";
import { exactText } from "./exact_text.ts";
import { isUnreadable } from "./is_unreadable.ts";
import { openImagePath } from "./open_image_path.ts";

/** `snapvm fs cp`. */
export async function cp(
  options: ImageCommandOptions,
  operand: string,
  destination: string,
): Promise<void> {
  using interruption = new Interruption();
  using opened = await openImagePath(operand, options);
  const { root, path } = opened;
  const info = await root.stat(path);
  const target = await targetFor(destination, path, info);
  await using output = await PartialOutput.begin(target);
  const complete = await copyTree(root, path, output.path, interruption.signal);
  await output.commit();
  if (!complete) Deno.exitCode = ExitStatus.failure;
}

/** The path that the copy gets: DEST, or a new name inside the folder DEST. */
async function targetFor(destination: string, path: string, info: FileInfo): Promise<string> {
  let target = resolve(destination);
  if ((await statIfThere(target))?.isDirectory) target = join(target, safeName(path));
  const existing = await statIfThere(target);
  if (existing !== undefined && (info.isDirectory || existing.isDirectory)) {
    throw new CommandFailure(`Cannot copy ${printableName(path)} to ${target}: it exists`, {
      status: ExitStatus.failure,
      advice: "Give a name that is not there yet.",
    });
  }
  return target;
}

function safeName(path: string): string {
  const name = basename(path);
  if (name !== "" && name !== "." && name !== "..") return name;
  throw new CommandFailure(`Cannot copy ${path} into a folder: it has no name of its own`, {
    status: ExitStatus.usage,
    advice: "Give the copy a name that is not there yet.",
  });
}

/**
 * Copies what `path` leads to, and returns whether all of it could be copied. Each file, folder and link is new
 * (`O_EXCL`): an image with a name twice in a folder cannot make this write through a link of its own.
 */
async function copyTree(
  root: Ext4,
  path: string,
  target: string,
  signal: AbortSignal,
): Promise<boolean> {
  let complete = true;
  const places: string[] = [];
  const folders: { place: string; info: FileInfo }[] = [];
  /** The depth of the entry that was last left out, with everything below it. */
  let leftOut = Infinity;
  for await (const entry of root.walk(path)) {
    signal.throwIfAborted();
    if (entry.depth > leftOut) continue;
    leftOut = Infinity;
    try {
      if (entry.error) throw entry.error;
      places.length = entry.depth;
      const place = entry.depth === 0 ? target : join(places.at(-1)!, hostName(entry));
      places.push(place);
      if (entry.info.isDirectory) folders.push({ place, info: entry.info });
      await copyEntry(root, entry, place);
    } catch (error) {
      // If the path leads to a file, there is nothing else to copy.
      const isAll = entry.depth === 0 && !entry.error;
      if (isAll || !(isUnreadable(error) || error instanceof CommandFailure)) throw error;
      warnUnreadable({ path: entry.pathBytes, error });
      complete = false;
      leftOut = entry.depth;
    }
  }
  // Not earlier: a folder that is not writable could not be filled, and filling one changes its time.
  for (const { place, info } of folders.reverse()) await applyAttributes(place, info);
  return complete;
}

/** A name as the host gets it. Deno's paths are text, which a name that is not UTF-8 would not survive. */
function hostName({ nameBytes }: WalkedFile): string {
  const name = exactText(nameBytes);
  if (name === undefined) throw uncopyable("its name is not UTF-8");
  if (name === "." || name === "..") throw uncopyable("it is not a name for a file");
  return name;
}

/** Something in an image cannot be the same on this machine. */
function uncopyable(why: string): CommandFailure {
  return new CommandFailure(`left out: ${why}`, { status: ExitStatus.failure });
}

async function copyEntry(root: Ext4, { info, path }: WalkedFile, place: string): Promise<void> {
  if (info.isDirectory) {
    await Deno.mkdir(place, { mode: 0o700 });
  } else if (info.isFile) {
    await copyFile(root, info, place);
  } else if (info.isSymlink) {
    const linkTarget = exactText(await root.readLinkBytes(info));
    if (linkTarget === undefined) throw uncopyable("what it points to is not UTF-8");
    await Deno.symlink(linkTarget, place);
  } else {
    print(`warning: ${printableName(path)}: left out: it is a ${typeOf(info)}\n`, Deno.stderr);
  }
}

async function copyFile(root: Ext4, info: FileInfo, place: string): Promise<void> {
  using file = await Deno.open(place, { write: true, createNew: true, mode: 0o600 });
  try {
    await root.copyTo(info, file);
  } catch (error) {
    await Deno.remove(place);
    throw error;
  }
  await applyAttributes(place, info);
}

async function applyAttributes(place: string, info: FileInfo): Promise<void> {
  await Deno.utime(place, info.atime, info.mtime);
  // With set-id bits, anyone who runs the copy would get its new owner's rights.
  await Deno.chmod(place, info.mode & 0o1777);
}
