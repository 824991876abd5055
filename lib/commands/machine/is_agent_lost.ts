import type { MachineStatus } from "../../machines/mod.ts";

/** Whether a guest's agent has been there, without which a guest comes to no stage, and is not any more. */
export function isAgentLost({ state, stage, agent }: MachineStatus): boolean {
  return state === "running" && stage !== "kernel" && !agent;
}
