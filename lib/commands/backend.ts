import { Option } from "@commander-js/extra-typings";
import { type BackendChoice, type BackendName, BACKENDS, chooseBackend } from "../launch/mod.ts";
import { hasCode } from "../error/mod.ts";
import { ExitStatus, withStatus } from "../ui/mod.ts";
import type { AccelerationName, Backend } from "../vm/mod.ts";

/** The hypervisor that the options of a command name. One that cannot be had is wrong usage. */
export function backendOf(choice: BackendChoice): Backend {
  try {
    return chooseBackend(choice);
  } catch (error) {
    if (!hasCode(error, "backend-unavailable", "acceleration-not-for-backend")) throw error;
    throw withStatus(error, ExitStatus.usage);
  }
}

/** `--backend`, of the commands that start a machine. */
export function backendOption(): Option<
  "--backend <name>",
  undefined,
  undefined,
  undefined,
  false,
  BackendName
> {
  return new Option("--backend <name>", "the hypervisor (default: vz on macOS, elsewhere qemu)")
    .choices(BACKENDS);
}

/** `--accel`, of the commands that start a machine. */
export function accelerationOption(): Option<
  "--accel <name>",
  undefined,
  undefined,
  undefined,
  false,
  AccelerationName
> {
  return new Option("--accel <name>", "how QEMU runs the guest (default: the best there is)")
    .choices(["kvm", "hvf", "tcg"] as const);
}
