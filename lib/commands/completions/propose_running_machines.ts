import { snapvmHome } from "../../host/mod.ts";
import { listMachines } from "../../vm/mod.ts";
import type { Candidate } from "./candidate.ts";

/** The machines that run. */
export async function proposeRunningMachines(): Promise<Candidate[]> {
  const machines = await listMachines(snapvmHome());
  return machines.filter(({ state }) => state === "running" || state === "starting")
    .map(({ name, record }) => ({
      value: name,
      ...record !== undefined && { description: record.image.name },
    }));
}
