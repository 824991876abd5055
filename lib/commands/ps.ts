import { snapvmHome } from "../host/mod.ts";
import { formatTable, print, printJson } from "../ui/mod.ts";
import { listMachines } from "../machines/mod.ts";
import { machineCells, machineJson } from "./machine/describe_machine.ts";

interface PsOptions {
  readonly all?: true | undefined;
  readonly quiet?: true | undefined;
  readonly json?: true | undefined;
}

const COLUMNS = [
  { heading: "NAME" },
  { heading: "STATE" },
  { heading: "IMAGE" },
  { heading: "UPTIME" },
  { heading: "ADDRESS" },
  { heading: "PORTS" },
  { heading: "MEMORY", alignRight: true },
];

/** `snapvm ps`. */
export async function ps({ all, quiet, json }: PsOptions): Promise<void> {
  const machines = (await listMachines(snapvmHome()))
    .filter(({ state }) => all || state !== "stopped");
  const now = Date.now();
  if (json) return printJson(machines.map((machine) => machineJson(machine, now)));
  if (quiet) return print(machines.map(({ name }) => `${name}\n`).join(""));
  print(await formatTable(COLUMNS, machines.map((machine) => machineCells(machine, now))));
}
