import { SnapvmError } from "../../error/mod.ts";

/** The error for compressed data of the file `name` that cannot be unpacked. */
export function decompressionFailed(name: string, why: string, cause?: unknown): SnapvmError {
  return new SnapvmError("decompression-failed", `Cannot unpack ${name}: ${why}`, {
    data: {},
    cause,
  });
}
