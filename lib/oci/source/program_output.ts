import { findProgram, GuardedProcess, type ProcessEnd } from "../../host/mod.ts";
import { SnapvmError } from "../../error/mod.ts";
import { readStream } from "./read_stream.ts";

/**
 * Runs a program that says something of an image, and gives what it writes. It ends with the reading.
 *
 * @param program Its name, to be found in `$PATH`.
 * @param args Its arguments.
 * @param source What is read with it, for messages.
 * @param signal Ends it when it aborts.
 * @throws {SnapvmError} `program-not-found` if it is not installed; `program-failed` if it fails, with what it says.
 */
export async function* programOutput(
  program: string,
  args: readonly string[],
  source: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const path = await findProgram(program);
  if (path === undefined) throw programNotFound(program, source);
  const process = new GuardedProcess(path, args, { stdout: "piped" });
  try {
    if (process.stdout !== undefined) yield* readStream(process.stdout, signal);
    const end = await process.ended;
    if (end.status !== 0) throw programFailed(program, source, end);
  } finally {
    process.kill();
    await process.ended;
  }
}

/** The error for a program that is not installed. */
export function programNotFound(
  program: string,
  source: string,
): SnapvmError<"program-not-found"> {
  return new SnapvmError(
    "program-not-found",
    `Cannot read the image ${source}: ${program}, which reads it, is not installed`,
    { data: { program } },
  );
}

function programFailed(
  program: string,
  source: string,
  { status, stderr }: ProcessEnd,
): SnapvmError<"program-failed"> {
  const lines = stderr.split("\n").map((line) => line.trim()).filter((line) =>
    // GNU tar's last line says only that there are others.
    line !== "" && !line.includes("Exiting with failure status")
  );
  const reason = lines.length === 0
    ? `${program} ended with status ${status}`
    : `${program} says: ${lines.at(-1)}`;
  return new SnapvmError("program-failed", `Cannot read the image ${source}: ${reason}`, {
    data: { program, status },
  });
}
