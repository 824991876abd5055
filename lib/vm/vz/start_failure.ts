import { VirtualizationError } from "../../../ffi/mod.ts";
import { type ErrorData, SnapvmError } from "../../error/mod.ts";

type StartFailure = ErrorData["machine-start-failed"];

/** What the framework says, and what that means. */
const KNOWN_FAILURES: readonly { readonly says: RegExp; readonly data: StartFailure }[] = [
  {
    says: /com\.apple\.security\.virtualization/,
    data: { reason: "not-entitled" },
  },
  {
    says: /Virtualization is not available on this hardware/,
    data: { reason: "no-virtualization" },
  },
];

/**
 * Makes the error for a machine that the framework has refused.
 *
 * @param error What was thrown.
 * @returns The error to throw.
 */
export function startFailure(error: unknown): unknown {
  if (!(error instanceof VirtualizationError)) return error;
  const known = KNOWN_FAILURES.find(({ says }) => says.test(error.message));
  return new SnapvmError("machine-start-failed", error.message, {
    data: known?.data ?? {},
    cause: error,
  });
}
