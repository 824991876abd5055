import { Option } from "@commander-js/extra-typings";
import { type AccelerationName, type Backend, createQemuBackend } from "../vm/mod.ts";

/** The hypervisors that `--backend` knows. */
export const backendNames = ["qemu"] as const;

/** What the options of a command say about the hypervisor. */
export interface BackendOptions {
  /** `--backend`. */
  readonly backend?: typeof backendNames[number] | undefined;
  /** `--accel`. */
  readonly accel?: AccelerationName | undefined;
  /** Called with a hypervisor's whole command line before it runs. */
  readonly onCommand?: ((command: readonly string[]) => void) | undefined;
}

/** The hypervisor that was asked for, or this system's usual one. */
export function chooseBackend(options: BackendOptions = {}): Backend {
  return createQemuBackend({ acceleration: options.accel, onCommand: options.onCommand });
}

/** `--backend`, of the commands that start a machine. */
export function backendOption(): Option<
  "--backend <name>",
  undefined,
  undefined,
  undefined,
  false,
  typeof backendNames[number]
> {
  return new Option("--backend <name>", "the hypervisor (default: qemu)").choices(backendNames);
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
