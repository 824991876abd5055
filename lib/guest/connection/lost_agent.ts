import { SnapvmError } from "../../error/mod.ts";

/** The error of what nobody answers any more. */
export function lostAgent(
  why = "the connection to it has ended",
  cause?: unknown,
): SnapvmError<"agent-lost"> {
  return new SnapvmError(
    "agent-lost",
    `Cannot reach the guest's agent any more: ${why}`,
    { data: { why }, ...cause !== undefined && { cause } },
  );
}
