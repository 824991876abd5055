import { Option } from "@commander-js/extra-typings";
import { join } from "node:path";
import { snapvmHome } from "../store/mod.ts";
import { CommandFailure, ExitStatus, withStatus } from "../ui/mod.ts";
import {
  type AccelerationName,
  type Backend,
  createQemuBackend,
  createVzBackend,
} from "../vm/mod.ts";

/** The hypervisors that `--backend` knows. */
export const backendNames = ["qemu", "vz"] as const;

/** A hypervisor by its name on the command line. */
export type BackendName = typeof backendNames[number];

/** Names another library with the interface of the one that calls Virtualization.framework; for tests. */
const LIBRARY_VARIABLE = "SNAPVM_VZ_LIBRARY";

/** What the options of a command say about the hypervisor. */
export interface BackendOptions {
  /** `--backend`. */
  readonly backend?: BackendName | undefined;
  /** `--accel`. */
  readonly accel?: AccelerationName | undefined;
  /** Called before a hypervisor starts a machine with what it is given: its command line, or its configuration. */
  readonly onCommand?: ((command: readonly string[]) => void) | undefined;
}

/** The system that a hypervisor is chosen for. */
export interface BackendSystem {
  /** The operating system, as in `Deno.build.os`. */
  readonly os: typeof Deno.build.os;
  /** The environment. */
  readonly environment: Readonly<Record<string, string>>;
}

const thisSystem = (): BackendSystem => ({
  os: Deno.build.os,
  environment: Deno.env.toObject(),
});

/**
 * The hypervisor that was asked for, or this system's usual one.
 *
 * Throws a `CommandFailure` where it cannot be had.
 */
export function chooseBackend(
  options: BackendOptions = {},
  system: BackendSystem = thisSystem(),
): Backend {
  const { accel, onCommand } = options;
  // Who insists on an acceleration means QEMU.
  const usual = system.os === "darwin" && accel === undefined ? "vz" : "qemu";
  const name = options.backend ?? usual;
  if (name === "qemu") return createQemuBackend({ acceleration: accel, onCommand });
  if (accel !== undefined) {
    throw new CommandFailure("Cannot choose the acceleration: --accel is for QEMU", {
      status: ExitStatus.usage,
      advice: "Leave --accel away, or add --backend qemu.",
    });
  }
  const library = system.environment[LIBRARY_VARIABLE] || undefined;
  if (system.os !== "darwin" && library === undefined) {
    throw new CommandFailure(
      "Cannot use the backend vz: Apple's Virtualization.framework is part of macOS, and this is not",
      { status: ExitStatus.usage, advice: "Leave --backend away: QEMU runs the image here." },
    );
  }
  return createVzBackend({
    folder: vzFolders(system).library,
    library,
    ...onCommand && {
      onConfiguration: (configuration) => onCommand(["vz", JSON.stringify(configuration)]),
    },
  });
}

/**
 * Makes sure that this process may start machines with a hypervisor. On a Mac it may have to go on as a signed copy of
 * the program, from the beginning: nothing may be begun before.
 */
export async function prepareBackend({ name }: Backend): Promise<void> {
  if (name !== "vz") return;
  const { becomeEntitled } = await import("../entitlement/mod.ts");
  try {
    await becomeEntitled(vzFolders().entitled);
  } catch (error) {
    throw withStatus(error, ExitStatus.notStarted);
  }
}

/** Where snapvm keeps what it needs for Virtualization.framework. */
export function vzFolders(
  { os, environment }: BackendSystem = thisSystem(),
): { readonly library: string; readonly entitled: string } {
  const home = snapvmHome(environment, os);
  return { library: join(home, "library"), entitled: join(home, "entitled") };
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
    .choices(backendNames);
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
