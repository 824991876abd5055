import { VirtualizationError } from "../../../ffi/mod.ts";
import { MachineStartFailed } from "../errors.ts";

/** What the framework says, and what a user can do about it. */
const KNOWN_FAILURES: readonly { readonly says: RegExp; readonly advice: string }[] = [
  {
    says: /com\.apple\.security\.virtualization/,
    advice: "snapvm doctor --fix makes a copy of the program that has this entitlement.",
  },
  {
    says: /Virtualization is not available on this hardware/,
    advice: "QEMU can emulate: --backend qemu.",
  },
];

/**
 * The error of a machine that the framework has refused.
 *
 * @param error What was thrown.
 * @returns The error to throw.
 */
export function startFailure(error: unknown): unknown {
  if (!(error instanceof VirtualizationError)) return error;
  const known = KNOWN_FAILURES.find(({ says }) => says.test(error.message));
  return new MachineStartFailed(error.message, known?.advice, { cause: error });
}
