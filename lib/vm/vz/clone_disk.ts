import type { Virtualization } from "../../../ffi/mod.ts";
import { CloneFailed } from "../errors.ts";
import { inTime } from "../in_time.ts";
import type { DiskSpecification } from "../machine.ts";
import { writeAt } from "../write_at.ts";

/** A disk consists of whole sectors, and the framework insists on it. */
const SECTOR = 512;

/** ENOSPC, on every system. */
const NO_SPACE = 28;

/** The two ways to make a file with the bytes of another one. Each returns 0 or the number of the system's error. */
export type FileCopies = Pick<Virtualization, "cloneFile" | "copyFile">;

/** What {@linkcode cloneDisk} needs beside the disk. */
export interface CloneDiskOptions {
  /** Makes the file. */
  readonly files: FileCopies;
  /** The clone's path; there is no file yet. */
  readonly clone: string;
  /** Called where the clone is a copy. */
  readonly onNotice?: ((notice: string) => void) | undefined;
  /** Ends the waiting for a copy, which may take long, with its reason. The copy itself cannot be ended. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes what a guest may write to instead of a disk's source, with the patches in it: a file that shares its blocks
 * with the source (an APFS clone), or a copy where the filesystem cannot do that. A disk that nobody changes is its
 * own source.
 *
 * @param disk The disk.
 * @param options How to do it, and where.
 * @returns The path of the file to attach, without symbolic links where the clone's has none.
 * @throws {CloneFailed} If the source is not a file, or there is no room.
 * @throws {RangeError} If a patch reaches beyond the source.
 */
export async function cloneDisk(
  disk: DiskSpecification,
  options: CloneDiskOptions,
): Promise<string> {
  try {
    return await clone(disk, options);
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (cause instanceof CloneFailed || cause instanceof RangeError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CloneFailed(`Cannot clone ${disk.source}: ${why}`, "", { cause });
  }
}

async function clone(disk: DiskSpecification, options: CloneDiskOptions): Promise<string> {
  const { patches, readOnly } = disk;
  const { clone } = options;
  // The framework's files must not be reached through symbolic links.
  const source = await Deno.realPath(disk.source);
  const { isFile, size } = await Deno.stat(source);
  if (!isFile) throw new CloneFailed(`Cannot clone ${disk.source}: it is not a regular file`);
  if (size === 0) throw new CloneFailed(`Cannot clone ${disk.source}: it is empty`);
  const diskSize = Math.ceil(size / SECTOR) * SECTOR;
  for (const { offset, bytes } of patches) {
    if (offset < 0 || offset + bytes.length > diskSize) {
      throw new RangeError(
        `Cannot patch ${bytes.length} bytes at ${offset}: the disk has ${diskSize} bytes`,
      );
    }
  }
  if (readOnly && patches.length === 0 && diskSize === size) return source;
  await makeFile(source, options);
  // A clone has the source's mode, and a source may well be read only.
  await Deno.chmod(clone, 0o600);
  using file = await Deno.open(clone, { write: true });
  // What lies behind the end of the source reads as zeros.
  if (diskSize !== size) await file.truncate(diskSize);
  for (const { offset, bytes } of patches) await writeAt(file, offset, bytes);
  return clone;
}

/** Clones; where that is not possible, whatever the reason, the copy will do or say why not. */
async function makeFile(
  source: string,
  { files, clone, onNotice, signal }: CloneDiskOptions,
): Promise<void> {
  if (await files.cloneFile(source, clone) === 0) return;
  // Nothing new may appear in the machine's folder once its owner is told to remove it.
  signal?.throwIfAborted();
  const failure = await inTime(files.copyFile(source, clone), { signal });
  if (failure !== 0) {
    throw new CloneFailed(
      `Cannot clone ${source}: ${nameOfSystemError(failure)}`,
      failure === NO_SPACE
        ? "Make room, or have snapvm keep its files where the image is: set SNAPVM_HOME to a folder there."
        : "",
    );
  }
  onNotice?.(`the disk was copied: the filesystem cannot clone ${source}`);
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
