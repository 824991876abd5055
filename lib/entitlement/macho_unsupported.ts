import { SnapvmError } from "../error/mod.ts";

/** Makes the error for a file that is not a Mach-O file of the kind that was expected, or is a broken one. */
export function machOUnsupported(message: string): SnapvmError<"macho-unsupported"> {
  return new SnapvmError("macho-unsupported", message, { data: {} });
}
