import type { LaunchMachineOptions } from "../../launch/mod.ts";
import { INSTANCE_TYPES } from "../command_line/instance_types.ts";
import { imageOptions } from "../image_command_options.ts";
import type { RunOptions } from "./run_options.ts";

/** What a machine is like, in the foreground or in the background, as the command line says. */
export function machineOptions(
  options: RunOptions,
): Omit<LaunchMachineOptions, "backend" | "kept"> {
  const { itype } = options;
  const type = itype && INSTANCE_TYPES[itype];
  return {
    ...imageOptions(options),
    name: options.name,
    cpus: options.cpus ?? type?.cpus,
    memory: options.memory ?? type?.memory,
    ports: options.publish,
    shares: options.volume,
    disks: options.disk,
    swap: options.swap,
    diskSize: options.diskSize,
    ignition: options.ignition,
    kernelArguments: options.karg,
    kernel: options.kernel,
    readOnly: options.readOnly ?? false,
    writable: options.writable ?? false,
    selinux: options.selinux ?? false,
  };
}
