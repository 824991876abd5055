import type { Virtualization } from "../../../ffi/mod.ts";
import { hasCode, reasonOf, SnapvmError } from "../../error/mod.ts";
import { isFile, withDeadline, writeAt } from "../../host/mod.ts";
import type { DiskSpecification } from "../machine.ts";

/** A disk consists of whole sectors, and the framework insists on that. */
const SECTOR = 512;

/** ENOSPC, on every system. */
const NO_SPACE = 28;

/** The two ways to make a file with the bytes of another one. Each returns 0 or the number of the system's error. */
export type FileCopies = Pick<Virtualization, "cloneFile" | "copyFile">;

/** What {@linkcode cloneDisk} needs besides the disk. */
export interface CloneDiskOptions {
  /** Makes the file. */
  readonly files: FileCopies;
  /** The clone's path; there is no file yet. */
  readonly clone: string;
  /** Called if the clone is a copy. */
  readonly onNotice?: ((notice: string) => void) | undefined;
  /** Ends the waiting for a copy, which may take long, with its reason. The copying itself cannot be ended. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the file that a guest writes to instead of a disk's source, with the patches in it: one that shares its blocks
 * with the source (an APFS clone), or a copy if the filesystem cannot do that. A disk that nobody changes needs none:
 * the source itself is attached.
 *
 * @param disk The disk.
 * @param options How to do it, and where.
 * @returns The path of the file to attach, without symbolic links if the clone's has none.
 * @throws {SnapvmError} `clone-failed` if the source is not a file, or there is no room.
 * @throws {RangeError} If a patch reaches beyond the source.
 */
export async function cloneDisk(
  disk: DiskSpecification,
  options: CloneDiskOptions,
): Promise<string> {
  if (disk.kept === true && await isFile(options.clone)) return options.clone;
  try {
    return await clone(disk, options);
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (hasCode(cause, "clone-failed") || cause instanceof RangeError) throw cause;
    throw cloneFailed(disk.source, reasonOf(cause), { cause });
  }
}

async function clone(disk: DiskSpecification, options: CloneDiskOptions): Promise<string> {
  const { patches, readOnly } = disk;
  const { clone } = options;
  // The framework's files must not be reached through symbolic links.
  const source = await Deno.realPath(disk.source);
  const { isFile, size } = await Deno.stat(source);
  if (!isFile) throw cloneFailed(disk.source, "it is not a regular file");
  if (size === 0) throw cloneFailed(disk.source, "it is empty");
  const diskSize = Math.ceil(Math.max(size, disk.size ?? 0) / SECTOR) * SECTOR;
  for (const { offset, bytes } of patches) {
    if (offset < 0 || offset + bytes.length > diskSize) {
      throw new RangeError(
        `Cannot patch ${bytes.length} bytes at ${offset}: the disk has ${diskSize} bytes`,
      );
    }
  }
  if (readOnly && patches.length === 0 && diskSize === size) return source;
  await makeFile(source, options);
  // A clone has the source's mode, and a source may be read only.
  await Deno.chmod(clone, 0o600);
  using file = await Deno.open(clone, { write: true });
  // What is beyond the end of the source reads as zeros.
  if (diskSize !== size) await file.truncate(diskSize);
  for (const { offset, bytes } of patches) await writeAt(file, offset, bytes);
  return clone;
}

/** Clones; if that is not possible, whatever the reason, copies. */
async function makeFile(
  source: string,
  { files, clone, onNotice, signal }: CloneDiskOptions,
): Promise<void> {
  if (await files.cloneFile(source, clone) === 0) return;
  // Nothing new may appear in the machine's folder once its owner may remove it.
  signal?.throwIfAborted();
  const failure = await withDeadline(files.copyFile(source, clone), { signal });
  if (failure !== 0) {
    throw cloneFailed(source, nameOfSystemError(failure), { isFull: failure === NO_SPACE });
  }
  onNotice?.(`the disk was copied: the filesystem cannot clone ${source}`);
}

function cloneFailed(
  source: string,
  why: string,
  { isFull = false, cause }: { isFull?: boolean; cause?: unknown } = {},
): SnapvmError {
  return new SnapvmError("clone-failed", `Cannot clone ${source}: ${why}`, {
    data: { source, isFull },
    cause,
  });
}

/** The errors that a user can do something about; the numbers of the others differ from system to system. */
function nameOfSystemError(number: number): string {
  switch (number) {
    case 1:
    case 13:
      return "permission denied";
    case 5:
      return "the filesystem cannot read or write it (input/output error)";
    case NO_SPACE:
      return "no space left on the filesystem";
    default:
      return `system error ${number}`;
  }
}
