import { SnapvmError } from "../../../error/mod.ts";

/**
 * The error for an answer that the distribution specification does not allow, or that we do not take.
 *
 * @param url Where it came from; its host alone is kept.
 * @param message What could not be done, to what, and why.
 * @returns The error.
 */
export function protocolError(url: URL, message: string): SnapvmError<"registry-protocol"> {
  return new SnapvmError("registry-protocol", message, { data: { registry: url.host } });
}
