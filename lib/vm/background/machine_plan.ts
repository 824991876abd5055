import { join } from "../../host/mod.ts";
import { isObject, type MachineRecord, readJsonFile, writeJsonFile } from "../../machines/mod.ts";
import type { MachineSpecification } from "../machine.ts";
import type { GuestMount } from "../supervisor/guest_mount.ts";

const PLAN_FILE = "plan.json";

/** Which hypervisor runs a machine, and what it needs to be told. */
export type PlannedBackend =
  | { readonly name: "qemu"; readonly acceleration?: "kvm" | "hvf" | "tcg" }
  | { readonly name: "vz"; readonly folder: string; readonly library?: string };

/** All that is needed to start a machine, now or another time, without its image. */
export interface MachinePlan {
  /** What the machine is; it has no file of its own until its clone is made. */
  readonly record: MachineRecord;
  /** The machine, all of whose paths are absolute. */
  readonly specification: MachineSpecification;
  /** The hypervisor. */
  readonly backend: PlannedBackend;
  /** The name of the port of the guest's agent; absent if the guest has none. */
  readonly agentPort?: string;
  /** What the guest is asked to mount. */
  readonly mounts: readonly GuestMount[];
  /** A folder that nobody may remove anything from while the machine runs: its disk is a clone of what is in it. */
  readonly heldFolder?: string;
}

/**
 * Writes a plan into a machine's folder.
 *
 * @param folder The folder.
 * @param plan The plan.
 */
export function writeMachinePlan(folder: string, plan: MachinePlan): void {
  const { specification } = plan;
  const { disks, bootMark } = specification;
  writeJsonFile(join(folder, PLAN_FILE), {
    version: 1,
    ...plan,
    specification: {
      ...specification,
      disks: disks.map((disk) => ({
        ...disk,
        patches: disk.patches.map(({ offset, bytes }) => ({ offset, bytes: bytes.toBase64() })),
      })),
      ...bootMark && {
        bootMark: {
          port: bootMark.port,
          line: { source: bootMark.line.source, flags: bootMark.line.flags },
        },
      },
    },
  }, { durable: plan.record.kept });
}

/**
 * Reads the plan of a machine's folder.
 *
 * @param folder The folder.
 * @returns The plan; what is wrong with it, if it is not one.
 */
export async function readMachinePlan(folder: string): Promise<MachinePlan | string> {
  const file = await readJsonFile(join(folder, PLAN_FILE));
  if (file.kind === "absent") return `it has no ${PLAN_FILE}`;
  if (file.kind === "unreadable") return `its ${PLAN_FILE} cannot be read: ${file.why}`;
  try {
    return decodePlan(file.value);
  } catch {
    return `its ${PLAN_FILE} does not describe how it is started`;
  }
}

/** Undoes what JSON cannot say. Only this user can have written it: what it says is believed. */
function decodePlan(value: unknown): MachinePlan {
  if (!isObject(value) || value.version !== 1) throw new TypeError("Unknown version");
  const { version: _, specification, ...plan } = value as unknown as
    & Omit<MachinePlan, "specification">
    & { readonly version: 1; readonly specification: EncodedSpecification };
  const { disks, bootMark, ...machine } = specification;
  return {
    ...plan,
    specification: {
      ...machine,
      disks: disks.map((disk) => ({
        ...disk,
        patches: disk.patches.map(({ offset, bytes }) => ({
          offset,
          bytes: Uint8Array.fromBase64(bytes),
        })),
      })),
      ...bootMark && {
        bootMark: {
          port: bootMark.port,
          line: new RegExp(bootMark.line.source, bootMark.line.flags),
        },
      },
    },
  };
}

type Disk = MachineSpecification["disks"][number];

interface EncodedSpecification extends Omit<MachineSpecification, "disks" | "bootMark"> {
  readonly disks: readonly (
    & Omit<Disk, "patches">
    & { readonly patches: readonly { readonly offset: number; readonly bytes: string }[] }
  )[];
  readonly bootMark?: {
    readonly port: string;
    readonly line: { readonly source: string; readonly flags: string };
  };
}
