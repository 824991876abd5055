import { basename } from "node:path";
import { MachineStartFailed } from "../errors.ts";
import { describeProcessEnd, type ProcessEnd } from "../guarded_process.ts";

/** What QEMU says, and what a user can do about it. */
const KNOWN_FAILURES: readonly { readonly says: RegExp; readonly advice: string }[] = [
  {
    // The second is what QEMU before 8.0 says.
    says: /network backend 'user'|expects a netdev backend type/,
    advice: "This QEMU was built without user mode networking (slirp). Install your " +
      "distribution's QEMU, or set QEMU_BIN to one that has it.",
  },
  {
    says: /cannot set up guest memory|Cannot allocate memory/,
    advice: "Give the machine less memory, for example --memory 1G.",
  },
  {
    says: /Could not access KVM|failed to initialize kvm|invalid accelerator/i,
    advice: "Run without it: --accel tcg.",
  },
  {
    says: /Failed to get .* lock/,
    advice: "Another program is writing to the image: wait until it is done.",
  },
];

/**
 * The error of a QEMU that ended before its guest could run.
 *
 * @param program QEMU's path.
 * @param end How it ended.
 * @returns The error to throw.
 */
export function startFailure(program: string, end: ProcessEnd): MachineStartFailed {
  const why = describeProcessEnd(end);
  const known = KNOWN_FAILURES.find(({ says }) => says.test(why));
  return new MachineStartFailed(`Cannot start ${basename(program)}: ${why}`, known?.advice);
}
