import { isObject, isStringArray } from "./json_file.ts";
import { isPort, type MachinePort } from "./machine_record.ts";

/** How far a guest has come: its kernel, its initramfs, its init, or everything that its init starts. */
export type MachineStage = "kernel" | "initramfs" | "userspace" | "ready";

/** The mode of a guest that waits for somebody at its console. */
export interface MachineFailure {
  /** `emergency`, `rescue` or `initramfs-shell`. */
  readonly mode: string;
  /** The stage that it had reached. */
  readonly stage: MachineStage;
  /** The last lines on its console. */
  readonly console: string;
}

/** How a machine ended. */
export interface MachineEnding {
  /**
   * Why: `power-off`, `reset`, `panic`, `stopped` or `hypervisor-failed`, as in `MachineEnd`, or `supervisor-killed` if
   * nobody was there to see it.
   */
  readonly reason: string;
  /** What the hypervisor said last. */
  readonly detail?: string;
  /** The last lines on its console, if it did not end well. */
  readonly console?: string;
  /** When, in the form of ISO 8601. */
  readonly time: string;
}

/** What its supervisor last said of a machine: its `status.json`. */
export interface MachineStatus {
  /** The version of the format. */
  readonly version: 1;
  /** Whether it runs. */
  readonly state: "running" | "stopping" | "stopped";
  /** The supervisor's process. */
  readonly pid: number;
  /** When its hypervisor was started, in the form of ISO 8601. */
  readonly started: string;
  /** How the guest is accelerated: `kvm`, `hvf`, `tcg`, `vz`. */
  readonly acceleration: string;
  /** How far the guest has come. */
  readonly stage: MachineStage;
  /** Whether the agent has answered: from then on commands can be run. */
  readonly agent: boolean;
  /** The targets of systemd that were reached, in their order. */
  readonly targets: readonly string[];
  /** The guest's addresses. */
  readonly addresses: readonly string[];
  /** The ports of the host that lead to the guest now. */
  readonly ports: readonly MachinePort[];
  /** What could not be done as it was asked for: sentences. */
  readonly problems: readonly string[];
  /** What the guest waits for, if it has given up booting. */
  readonly failure?: MachineFailure;
  /** How it ended. */
  readonly end?: MachineEnding;
}

const STATES: readonly unknown[] = ["running", "stopping", "stopped"];
const STAGES: readonly unknown[] = ["kernel", "initramfs", "userspace", "ready"];

/**
 * Checks what was read from a `status.json` or a control socket.
 *
 * @param value What was read.
 * @returns The status; `undefined` if it is not one.
 */
export function parseMachineStatus(value: unknown): MachineStatus | undefined {
  if (!isObject(value) || value.version !== 1) return undefined;
  const { failure, end } = value;
  const isStatus = STATES.includes(value.state) && STAGES.includes(value.stage) &&
    Number.isSafeInteger(value.pid) && typeof value.started === "string" &&
    typeof value.acceleration === "string" && typeof value.agent === "boolean" &&
    ["targets", "addresses", "problems"].every((field) => isStringArray(value[field])) &&
    Array.isArray(value.ports) && value.ports.every(isPort) &&
    (failure === undefined ||
      isObject(failure) && typeof failure.mode === "string" && STAGES.includes(failure.stage) &&
        typeof failure.console === "string") &&
    (end === undefined ||
      isObject(end) && typeof end.reason === "string" && typeof end.time === "string" &&
        ["detail", "console"].every((field) =>
          end[field] === undefined || typeof end[field] === "string"
        ));
  return isStatus ? value as unknown as MachineStatus : undefined;
}
