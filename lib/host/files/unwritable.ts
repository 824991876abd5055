import { reasonOf, SnapvmError } from "../../error/mod.ts";

/**
 * Makes the error for a file or folder of this machine that cannot be written.
 *
 * @param path Its path.
 * @param cause What went wrong.
 * @param what What it is, for the message. Default: the path.
 * @returns The error to throw, with the code `unwritable`.
 */
export function unwritable(
  path: string,
  cause: unknown,
  what: string = path,
): SnapvmError<"unwritable"> {
  return new SnapvmError("unwritable", `Cannot write ${what}: ${reasonOf(cause)}`, {
    data: { path, isSpecial: false },
    cause,
  });
}
