import type { MachineStatus } from "../../machines/mod.ts";

/** Says whether a machine's guest is ready for work. */
export function isReady({ state, stage, agent, failure }: MachineStatus): boolean {
  return state === "running" && stage === "ready" && agent && failure === undefined;
}
