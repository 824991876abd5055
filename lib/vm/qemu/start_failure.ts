import { type ErrorData, SnapvmError } from "../../error/mod.ts";
import { basename, describeProcessEnd, type ProcessEnd } from "../../host/mod.ts";

type StartFailure = ErrorData["machine-start-failed"];

/** What QEMU says, and what that means. */
const KNOWN_FAILURES: readonly { readonly says: RegExp; readonly data: StartFailure }[] = [
  {
    // The second is what QEMU before 8.0 says.
    says: /network backend 'user'|expects a netdev backend type/,
    data: { reason: "no-user-network" },
  },
  {
    says: /cannot set up guest memory|Cannot allocate memory/,
    data: { reason: "no-memory" },
  },
  {
    says: /Could not access KVM|failed to initialize kvm|invalid accelerator/i,
    data: { reason: "no-kvm" },
  },
  {
    says: /Failed to get .* lock/,
    data: { reason: "image-in-use" },
  },
];

/**
 * Makes the error for a QEMU that ended before its guest could run.
 *
 * @param program QEMU's path.
 * @param end How it ended.
 * @returns The error to throw.
 */
export function startFailure(
  program: string,
  end: ProcessEnd,
): SnapvmError<"machine-start-failed"> {
  const why = describeProcessEnd(end);
  const known = KNOWN_FAILURES.find(({ says }) => says.test(why));
  return new SnapvmError("machine-start-failed", `Cannot start ${basename(program)}: ${why}`, {
    data: known?.data ?? {},
  });
}
