import { isObject, isStringArray } from "./json_file.ts";

/** A port of the host that leads to one of the guest. */
export interface MachinePort {
  /** The protocol. */
  readonly protocol: "tcp" | "udp";
  /** The host's address. */
  readonly address: string;
  /** The host's port. */
  readonly hostPort: number;
  /** The guest's port. */
  readonly guestPort: number;
}

/** Where a machine's root disk comes from. */
export interface MachineImage {
  /** The image as it was named: a reference, a path. */
  readonly name: string;
  /** Its digest for the platform, if it is in a store. */
  readonly digest?: string;
  /** The platform, `linux/arm64`. */
  readonly platform?: string;
  /** The path of the snapshot that the disk is a clone of. */
  readonly snapshot: string;
}

/** A folder of the host that the guest has. */
export interface MachineShare {
  /** The folder on the host. */
  readonly source: string;
  /** The folder in the guest. */
  readonly path: string;
  /** Whether the guest may not write. */
  readonly readOnly: boolean;
}

/** What a machine is: its `machine.json`, which is written once, when the machine is made. */
export interface MachineRecord {
  /** The version of the format. */
  readonly version: 1;
  /** The machine's name. */
  readonly name: string;
  /** When it was made, in the form of ISO 8601. */
  readonly created: string;
  /** Whether it stays when it ends, until somebody removes it. */
  readonly kept: boolean;
  /** Where its root disk comes from. */
  readonly image: MachineImage;
  /** The hypervisor: `qemu`, `vz`. */
  readonly backend: string;
  /** The guest's processor. */
  readonly architecture: string;
  /** The number of virtual processors. */
  readonly cpus: number;
  /** Memory in bytes. */
  readonly memory: number;
  /** The kernel's version. */
  readonly kernel: string;
  /** The kernel command line. */
  readonly commandLine: string;
  /** The command that it was started for; absent if there is none. */
  readonly command?: readonly string[];
  /** The user that commands run as unless another is named; absent for root. */
  readonly user?: string;
  /** Its ports on the host. */
  readonly ports: readonly MachinePort[];
  /** Its folders of the host. */
  readonly shares: readonly MachineShare[];
  /** The address of its network card; absent if the hypervisor gives the usual one. */
  readonly macAddress?: string;
  /** The guest's machine id, 32 hexadecimal digits; absent if the guest makes its own. */
  readonly machineId?: string;
  /** Whether the image's SELinux policy is enforced. */
  readonly selinux: boolean;
}

/**
 * Checks what was read from a `machine.json`.
 *
 * @param value What was read.
 * @param name The name of the folder that it is in.
 * @returns The record; `undefined` if it is not one.
 */
export function parseMachineRecord(value: unknown, name: string): MachineRecord | undefined {
  if (!isObject(value) || value.version !== 1 || value.name !== name) return undefined;
  const { image } = value;
  const isRecord = typeof value.created === "string" && typeof value.kept === "boolean" &&
    isObject(image) && typeof image.name === "string" && typeof image.snapshot === "string" &&
    isOptional(image.digest, "string") && isOptional(image.platform, "string") &&
    ["backend", "architecture", "kernel", "commandLine"].every((field) =>
      typeof value[field] === "string"
    ) &&
    Number.isSafeInteger(value.cpus) && Number.isSafeInteger(value.memory) &&
    (value.command === undefined || isStringArray(value.command)) &&
    ["user", "macAddress", "machineId"].every((field) => isOptional(value[field], "string")) &&
    Array.isArray(value.ports) && value.ports.every(isPort) &&
    Array.isArray(value.shares) && value.shares.every(isShare) &&
    typeof value.selinux === "boolean";
  return isRecord ? value as unknown as MachineRecord : undefined;
}

/** Checks a port of a record or a status. */
export function isPort(value: unknown): value is MachinePort {
  return isObject(value) && (value.protocol === "tcp" || value.protocol === "udp") &&
    typeof value.address === "string" && Number.isSafeInteger(value.hostPort) &&
    Number.isSafeInteger(value.guestPort);
}

function isShare(value: unknown): value is MachineShare {
  return isObject(value) && typeof value.source === "string" && typeof value.path === "string" &&
    typeof value.readOnly === "boolean";
}

function isOptional(value: unknown, type: "string" | "number"): boolean {
  return value === undefined || typeof value === type;
}
