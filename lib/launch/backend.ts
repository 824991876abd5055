import { join, snapvmHome } from "../host/mod.ts";
import { SnapvmError } from "../error/mod.ts";
import {
  type AccelerationName,
  type Backend,
  createQemuBackend,
  createVzBackend,
  type PlannedBackend,
} from "../vm/mod.ts";

/** The name of a hypervisor: QEMU, or Apple's Virtualization.framework. */
export type BackendName = "qemu" | "vz";

/** The names of all hypervisors. */
export const BACKENDS: readonly BackendName[] = ["qemu", "vz"];

/** Names another library with the interface of the one that calls Virtualization.framework; for tests. */
const LIBRARY_VARIABLE = "SNAPVM_VZ_LIBRARY";

/** What {@linkcode chooseBackend} chooses by. */
export interface BackendChoice {
  /** The hypervisor; by default `vz` on macOS and `qemu` elsewhere. */
  readonly name?: BackendName | undefined;
  /** How QEMU runs the guest; by default the best way that the host has. Only QEMU has the choice. */
  readonly acceleration?: AccelerationName | undefined;
  /** Called with what the hypervisor is given before it starts a machine: its command line, or its configuration. */
  readonly onCommand?: ((command: readonly string[]) => void) | undefined;
}

/** The system that a hypervisor is chosen for. */
export interface System {
  /** The operating system, as in `Deno.build.os`. */
  readonly os: typeof Deno.build.os;
  /** The environment. */
  readonly environment: Readonly<Record<string, string>>;
}

const thisSystem = (): System => ({ os: Deno.build.os, environment: Deno.env.toObject() });

/**
 * The hypervisor that was asked for, or this system's usual one.
 *
 * @param choice What was asked for.
 * @returns The hypervisor. Nothing is loaded or started yet.
 * @throws {SnapvmError} `backend-unavailable` if the system does not have it, `acceleration-not-for-backend` if it has no
 * choice of accelerations.
 *
 * @example
 * ```ts
 * import { chooseBackend } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * const backend = chooseBackend({ name: "qemu" });
 * assert.equal(backend.consoleDevice("x86_64"), "ttyS0");
 * ```
 */
export function chooseBackend(choice: BackendChoice = {}): Backend {
  return chooseBackendOn(thisSystem(), choice);
}

/** The same on another system, for tests. */
export function chooseBackendOn(system: System, choice: BackendChoice): Backend {
  const { onCommand } = choice;
  const planned = planBackendOn(system, choice);
  if (planned.name === "qemu") return createQemuBackend({ ...planned, onCommand });
  return createVzBackend({
    ...planned,
    ...onCommand && {
      onConfiguration: (configuration) => onCommand(["vz", JSON.stringify(configuration)]),
    },
  });
}

/**
 * The same as {@linkcode chooseBackend} in words that can be written down, for a machine that another process starts.
 *
 * @param choice What was asked for.
 * @returns The hypervisor.
 * @throws {SnapvmError} What `chooseBackend` throws.
 */
export function planBackend(choice: BackendChoice = {}): PlannedBackend {
  return planBackendOn(thisSystem(), choice);
}

function planBackendOn(system: System, choice: BackendChoice): PlannedBackend {
  const { acceleration } = choice;
  // Only QEMU has accelerations to choose from.
  const usual = system.os === "darwin" && acceleration === undefined ? "vz" : "qemu";
  const name = choice.name ?? usual;
  if (name === "qemu") return { name, ...acceleration !== undefined && { acceleration } };
  if (acceleration !== undefined) {
    throw new SnapvmError(
      "acceleration-not-for-backend",
      "Cannot choose the acceleration: only QEMU has a choice",
      { data: { backend: name } },
    );
  }
  const library = system.environment[LIBRARY_VARIABLE] || undefined;
  if (system.os !== "darwin" && library === undefined) {
    throw new SnapvmError(
      "backend-unavailable",
      "Cannot use the backend vz: Apple's Virtualization.framework is part of macOS, and this is not",
      { data: { backend: name } },
    );
  }
  const { library: folder } = vzFolders(system);
  return { name, folder, ...library !== undefined && { library } };
}

/**
 * Makes sure that this process may start machines with a hypervisor. On a Mac it may have to start again as a signed copy
 * of the program, with the same arguments: call this before you begin anything. {@linkcode launch} calls it too.
 *
 * @param backend The hypervisor.
 * @throws {SnapvmError} `entitlement-missing` if there is no way to the entitlement that macOS asks for.
 *
 * @example
 * ```ts
 * import { chooseBackend, prepareBackend } from "@x/snapvm";
 *
 * await prepareBackend(chooseBackend({ name: "qemu" }));
 * ```
 */
export async function prepareBackend(backend: Backend): Promise<void> {
  if (backend.name !== "vz") return;
  const { becomeEntitled } = await import(
    import.meta.resolve("../entitlement/mod.ts")
  ) as typeof import("../entitlement/mod.ts");
  await becomeEntitled(vzFolders().entitled);
}

/** The folders in which snapvm keeps what it needs for Virtualization.framework. */
export function vzFolders(
  { os, environment }: System = thisSystem(),
): { readonly library: string; readonly entitled: string } {
  const home = snapvmHome(environment, os);
  return { library: join(home, "library"), entitled: join(home, "entitled") };
}
