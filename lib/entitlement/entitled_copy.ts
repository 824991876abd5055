import { basename, join } from "node:path";
import { MachOUnsupported, signMachO, toPlist } from "./mod.ts";
import { EntitlementMissing } from "../vm/errors.ts";
import { isEntitled, VIRTUALIZATION_ENTITLEMENT } from "./entitlement.ts";
import { sha256 } from "../vm/vz/sha256.ts";

/** The name under which macOS knows the copies. */
const IDENTIFIER = "dev.snapvm";
const ENTITLEMENTS = { [VIRTUALIZATION_ENTITLEMENT]: true } as const;

/** What the name of everything begins with that is no copy yet. */
const UNFINISHED = ".";

/** Where copies are, and by what they are signed. */
export interface EntitledCopyOptions {
  /** A folder that only this user can write to; it is made when it is not there. */
  readonly folder: string;
  /** Apple's program that signs. It wants the Command Line Tools, which not every Mac has. */
  readonly codesign?: string;
  /** Apple's program that removes what a browser has noted about a file, which signing does not bear. */
  readonly xattr?: string;
}

/** A copy of a program, in a folder with others. */
interface CopyName {
  /** What all copies of this program are called at the beginning. */
  readonly program: string;
  /** What this one is called: another one after an update of the program. */
  readonly file: string;
}

/**
 * Finds the copy that {@linkcode makeEntitledCopy} has made of a program.
 *
 * @param executable The program.
 * @param folder The folder of the copies.
 * @returns The copy's path, or `undefined` where there is none of the program as it is now.
 */
export async function findEntitledCopy(
  executable: string,
  folder: string,
): Promise<string | undefined> {
  const copy = join(folder, (await nameOfCopy(executable)).file);
  try {
    const { uid } = await Deno.lstat(copy);
    // One that cannot be looked into was signed by codesign.
    return uid === Deno.uid() && await isEntitled(copy) !== false ? copy : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Makes a copy of a program that macOS lets use Virtualization.framework: with an ad-hoc signature that has the
 * entitlement, made by `codesign` or, where that is not possible, by snapvm itself. The program stays as it is. A copy
 * that is there already is taken; those of the program before an update are removed.
 *
 * @param executable The program.
 * @param options Where the copy goes.
 * @returns The copy's path.
 * @throws {EntitlementMissing} If the program cannot be signed, or the folder cannot be trusted.
 */
export async function makeEntitledCopy(
  executable: string,
  options: EntitledCopyOptions,
): Promise<string> {
  const { folder } = options;
  await makePrivateFolder(folder);
  // One at a time, so that what is unfinished once it is our turn was left by somebody who was killed.
  using lock = await Deno.open(folder);
  await lock.lock(true);
  await removeWhere(folder, (other) => other.startsWith(UNFINISHED));
  const present = await findEntitledCopy(executable, folder);
  if (present !== undefined) return present;
  const name = await nameOfCopy(executable);
  const partial = join(folder, `${UNFINISHED}${crypto.randomUUID()}`);
  try {
    await sign(executable, partial, options);
    await Deno.chmod(partial, 0o700);
    if (await isEntitled(partial) === false) {
      throw new EntitlementMissing(
        `Cannot sign a copy of ${executable}: its new signature does not have the entitlement`,
      );
    }
    await Deno.rename(partial, join(folder, name.file));
  } finally {
    await removeIfThere(partial);
  }
  await removeWhere(folder, (other) => other.startsWith(name.program) && other !== name.file);
  return join(folder, name.file);
}

async function nameOfCopy(executable: string): Promise<CopyName> {
  const path = await Deno.realPath(executable);
  const { dev, ino, size, mtime } = await Deno.stat(path);
  const program = `${basename(path)}-${await shortHash(path)}-`;
  const version = [dev, ino, size, mtime?.getTime()].join();
  return { program, file: `${program}${await shortHash(version)}` };
}

async function shortHash(text: string): Promise<string> {
  return (await sha256(text)).toHex().slice(0, 12);
}

async function makePrivateFolder(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = await Deno.stat(folder);
  if (uid !== Deno.uid() || (mode ?? 0) & 0o022) {
    throw new EntitlementMissing(
      `Cannot keep a signed copy of snapvm in ${folder}: others can write to it`,
      `Take the right away from them: chmod go-w ${folder}.`,
    );
  }
}

/** Writes a signed copy: with codesign, which takes every kind of program, else by ourselves. */
async function sign(
  executable: string,
  copy: string,
  options: EntitledCopyOptions,
): Promise<void> {
  const refusal = await signWithCodesign(executable, copy, options);
  if (refusal === undefined) return;
  await removeIfThere(copy);
  try {
    await signMachO(executable, copy, { identifier: IDENTIFIER, entitlements: ENTITLEMENTS });
  } catch (cause) {
    if (!(cause instanceof MachOUnsupported)) throw cause;
    throw new EntitlementMissing(
      `Cannot sign a copy of ${executable}: ${refusal}`,
      "Install Apple's Command Line Tools (xcode-select --install) and try again, or run with --backend qemu.",
      { cause },
    );
  }
}

/** Returns why codesign did not sign. */
async function signWithCodesign(
  executable: string,
  copy: string,
  { codesign = "/usr/bin/codesign", xattr = "/usr/bin/xattr" }: EntitledCopyOptions,
): Promise<string | undefined> {
  const entitlements = `${copy}.plist`;
  try {
    // On APFS this is a clone: it takes no time and no room.
    await Deno.copyFile(executable, copy);
    await Deno.chmod(copy, 0o700);
    await Deno.writeTextFile(entitlements, toPlist(ENTITLEMENTS), { createNew: true });
    await runProgram(xattr, ["-c", copy]);
    return await runProgram(codesign, [
      ...["--force", "--sign", "-", "--identifier", IDENTIFIER],
      ...["--entitlements", entitlements, copy],
    ]);
  } finally {
    await removeIfThere(entitlements);
  }
}

/** Returns why it failed. */
async function runProgram(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const command = new Deno.Command(program, { args: [...args], stdin: "null", stdout: "null" });
    const { success, stderr } = await command.output();
    if (success) return undefined;
    return `${basename(program)} says: ${new TextDecoder().decode(stderr).trim()}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `there is no ${program}`;
    throw error;
  }
}

async function removeWhere(folder: string, unwanted: (name: string) => boolean): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (unwanted(name)) await removeIfThere(join(folder, name));
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
