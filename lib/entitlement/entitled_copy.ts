import { hasCode, SnapvmError } from "../error/mod.ts";
import {
  basename,
  join,
  lockFolder,
  makePrivateFolder,
  PartialOutput,
  removeIfThere,
  sha256,
} from "../host/mod.ts";
import { toPlist } from "./entitlements.ts";
import { isEntitled, VIRTUALIZATION_ENTITLEMENT } from "./is_entitled.ts";
import { signMachO } from "./sign_macho.ts";

/** The name under which macOS knows the copies. */
const IDENTIFIER = "dev.snapvm";
const ENTITLEMENTS = { [VIRTUALIZATION_ENTITLEMENT]: true } as const;

/** Prefix of unfinished copies. */
const UNFINISHED = ".";

/** Where copies are, and which programs sign them. */
export interface EntitledCopyOptions {
  /** A folder that only this user can write to; it is made if it is not there. */
  readonly folder: string;
  /** Apple's program that signs. It needs the Command Line Tools, which not every Mac has. */
  readonly codesign?: string;
  /** Apple's program that removes a browser's notes about a file, with which the file cannot be signed. */
  readonly xattr?: string;
}

/** The name of a program's copy, in a folder with other copies. */
interface CopyName {
  /** The beginning of the name of every copy of this program. */
  readonly program: string;
  /** The whole name, which changes when the program is updated. */
  readonly file: string;
}

/**
 * Finds the copy that {@linkcode makeEntitledCopy} has made of a program.
 *
 * @param executable The program.
 * @param folder The folder of the copies.
 * @returns The copy's path; `undefined` if there is none of the program as it is now.
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
 * entitlement, made by `codesign` or, if that is not possible, by snapvm itself. The program stays as it is. A copy
 * that is there already is used; those of the program before an update are removed.
 *
 * @param executable The program.
 * @param options Where the copy goes.
 * @returns The copy's path.
 * @throws {SnapvmError} `entitlement-missing` if the program cannot be signed, `folder-not-private` if others can write
 * to the folder.
 */
export async function makeEntitledCopy(
  executable: string,
  options: EntitledCopyOptions,
): Promise<string> {
  const { folder } = options;
  // One at a time, so that everything unfinished that is found was left by a process that was killed.
  using _lock = await lockPrivateFolder(folder);
  await removeMatching(folder, (other) => other.startsWith(UNFINISHED));
  const present = await findEntitledCopy(executable, folder);
  if (present !== undefined) return present;
  const name = await nameOfCopy(executable);
  const copy = join(folder, name.file);
  await using output = await PartialOutput.begin(copy);
  await sign(executable, output.path, options);
  await Deno.chmod(output.path, 0o700);
  if (await isEntitled(output.path) === false) {
    throw entitlementMissing(executable, "its new signature does not have the entitlement", {
      reason: "not-granted",
    });
  }
  await output.commit();
  await removeMatching(
    folder,
    (other) => other.startsWith(name.program) && other !== name.file,
  );
  return copy;
}

/** Makes the folder again if somebody removes it before it is locked. */
async function lockPrivateFolder(folder: string): Promise<Disposable> {
  for (;;) {
    await makePrivateFolder(folder, "a signed copy of snapvm");
    const lock = await lockFolder(folder);
    if (lock !== undefined) return lock;
  }
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
    if (!hasCode(cause, "macho-unsupported")) throw cause;
    throw entitlementMissing(executable, refusal, { reason: "unsignable", cause });
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
      ...["-f", "--sign", "-", "--identifier", IDENTIFIER],
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

async function removeMatching(folder: string, matches: (name: string) => boolean): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (matches(name)) await removeIfThere(join(folder, name));
  }
}

function entitlementMissing(
  program: string,
  why: string,
  { reason, cause }: { reason: "unsignable" | "not-granted"; cause?: unknown },
): SnapvmError {
  return new SnapvmError("entitlement-missing", `Cannot sign a copy of ${program}: ${why}`, {
    data: { program, reason },
    cause,
  });
}
