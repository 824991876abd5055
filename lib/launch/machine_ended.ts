import { SnapvmError } from "../error/mod.ts";
import type { MachineEnd } from "../vm/mod.ts";
import { describeStage, type LaunchStage } from "./launch_stage.ts";

/**
 * The failure that a machine's end is, if it came before what it was started for.
 *
 * @param end How the machine ended.
 * @param stage How far it had come.
 * @returns The error, `machine-ended`.
 */
export function machineEnded(end: MachineEnd, stage: LaunchStage | "running"): SnapvmError {
  const doing = stage === "running" ? stage : describeStage(stage);
  return new SnapvmError("machine-ended", sentence(end, doing), {
    data: { reason: end.reason, stage },
  });
}

function sentence(end: MachineEnd, doing: string): string {
  switch (end.reason) {
    case "panic":
      return `The guest's kernel panicked while ${doing}`;
    case "power-off":
      return `The guest powered itself off while ${doing}`;
    case "reset":
      return `The guest restarted while ${doing}`;
    case "stopped":
      return `The guest was stopped while ${doing}`;
    case "hypervisor-failed":
      return `The hypervisor ended while the guest was ${doing}: ${end.detail}`;
  }
}
