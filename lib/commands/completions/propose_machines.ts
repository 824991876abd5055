import { snapvmHome } from "../../host/mod.ts";
import { listMachines } from "../../machines/mod.ts";
import type { Candidate } from "./candidate.ts";

/** The machines that run, or all. */
export async function proposeMachines({ all }: { readonly all: boolean }): Promise<Candidate[]> {
  const machines = await listMachines(snapvmHome());
  return machines.filter(({ state }) => all || state === "running" || state === "starting")
    .map(({ name, record }) => ({
      value: name,
      ...record !== undefined && { description: record.image.name },
    }));
}
