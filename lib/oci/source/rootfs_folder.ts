import { findProgram } from "../../host/mod.ts";
import { programNotFound, programOutput } from "./program_output.ts";
import { sourceUnreadable } from "./source_errors.ts";

/**
 * What makes GNU tar write all that a layer can have, and nothing that differs from one time to the next: its usual
 * names for an extended header and for a sparse file have its own process number.
 */
const GNU_ARGS: readonly string[] = [
  ...["--create", "--file=-", "--format=posix", "--sort=name", "--numeric-owner"],
  ...["--xattrs", "--xattrs-include=*", "--one-file-system"],
  ...["--sparse", "--sparse-version=0.0"],
  "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime",
];

/** The same for bsdtar, which sorts nothing. A Mac's own extended attributes mean nothing to Linux. */
const BSD_ARGS: readonly string[] = [
  ...["--create", "--file", "-", "--format", "pax", "--numeric-owner", "--one-file-system"],
  ...["--no-mac-metadata", "--no-fflags"],
  Deno.build.os === "darwin" ? "--no-xattrs" : "--xattrs",
];

/** Both take the beginning of an option. In full it would be one of snapvm's own, of which this knows nothing. */
const VERSION_ARG = "--vers";

/**
 * Makes an archive of a root filesystem's folder, with the system's `tar`: extended attributes, and names that are no
 * Unicode, are beyond what JavaScript sees of files.
 *
 * @param folder The folder.
 * @param signal Ends it when it aborts.
 * @throws {SnapvmError} `program-not-found`, `program-failed`; `source-unreadable` if `tar` is another one than GNU's
 * or bsdtar.
 */
export async function* archiveFolder(
  folder: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const { program, args } = await findTar(folder, signal);
  yield* programOutput(program, [...args, `--directory=${folder}`, "."], folder, signal);
}

async function findTar(
  folder: string,
  signal?: AbortSignal,
): Promise<{ program: string; args: readonly string[] }> {
  let found = false;
  for (const program of ["tar", "gtar", "bsdtar"]) {
    if (await findProgram(program) === undefined) continue;
    found = true;
    const version = await textOf(programOutput(program, [VERSION_ARG], folder, signal));
    if (version.includes("GNU tar")) return { program, args: GNU_ARGS };
    if (version.startsWith("bsdtar")) return { program, args: BSD_ARGS };
  }
  if (!found) throw programNotFound("tar", folder);
  throw sourceUnreadable(folder, "the `tar` here is neither GNU tar nor bsdtar");
}

async function textOf(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  return text;
}
