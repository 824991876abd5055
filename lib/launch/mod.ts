/**
 * From an image's name to a running machine: {@linkcode launch}, and the steps that it takes.
 *
 * @module
 */
export {
  type BackendChoice,
  type BackendName,
  BACKENDS,
  chooseBackend,
  planBackend,
  prepareBackend,
  vzFolders,
} from "./backend.ts";
export {
  type BootCommandLine,
  bootCommandLine,
  type BootCommandLineOptions,
} from "./boot_command_line.ts";
export { DEFAULT_MEMORY, defaultCpus } from "./defaults.ts";
export type { Disk } from "./files/disk.ts";
export type { MachineFileOptions } from "./files/machine_extras.ts";
export type { PreparedShare } from "./files/prepared_share.ts";
export type { Share } from "./files/share.ts";
export {
  type GuestShape,
  guestShape,
  type GuestShapeFacts,
  type GuestShapeOptions,
  type SelinuxState,
} from "./shape/guest_shape.ts";
export { launch } from "./launch.ts";
export { launchMachine } from "./launch_machine.ts";
export type { LaunchMachineOptions } from "./launch_machine_options.ts";
export { startMachine } from "./start_machine.ts";
export type { StartMachineOptions } from "./start_machine_options.ts";
export type { Launch, LaunchedCommand, LaunchOptions } from "./launch_options.ts";
export { describeStage, type LaunchStage } from "./launch_stage.ts";
export { machineEnded } from "./machine_ended.ts";
export { openBootableImage } from "./open_bootable_image.ts";
export {
  type MachineOptions,
  type PreparedMachine,
  prepareMachine,
  type PrepareMachineOptions,
} from "./prepare_machine.ts";
export type { CommandOutput, RunningCommand } from "./running_command.ts";
