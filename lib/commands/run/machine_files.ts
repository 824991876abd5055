import type { MachineOptions } from "../../launch/mod.ts";
import { INSTANCE_TYPES } from "../command_line/instance_types.ts";
import type { RunOptions } from "./run_options.ts";

/** How large the machine is and what it gets from the host, as the command line says. */
export function machineFiles(options: RunOptions): Partial<MachineOptions> {
  const { itype, volume, disk, swap, diskSize, ignition } = options;
  const type = itype && INSTANCE_TYPES[itype];
  return {
    cpus: options.cpus ?? type?.cpus,
    memory: options.memory ?? type?.memory,
    shares: volume,
    disks: disk,
    swap,
    diskSize,
    ignition,
  };
}
