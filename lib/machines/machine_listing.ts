import type { MachineRecord } from "./machine_record.ts";
import type { MachineStatus } from "./machine_status.ts";

/** What is known of a machine. */
export interface MachineListing {
  /** Its name. */
  readonly name: string;
  /** The absolute path of its folder. */
  readonly path: string;
  /**
   * What it does: `starting` until its hypervisor runs, `stopped` if it is kept and nobody owns it, `damaged` if its folder
   * does not say what it is.
   */
  readonly state: "starting" | "running" | "stopping" | "stopped" | "damaged";
  /** What it is; absent while it is starting for the first time. */
  readonly record?: MachineRecord;
  /** What its supervisor last said of it; absent while it is starting. */
  readonly status?: MachineStatus;
  /** What is wrong with its folder: the end of a sentence. */
  readonly problem?: string;
}
