/**
 * The machines of a user, as every process sees them: their folders, what they are and what is said of them, and the way
 * to the process that owns one.
 *
 * @module
 */
export { connectMachine } from "./client/connect_machine.ts";
export { CONTROL_SOCKET } from "./client/control_socket.ts";
export type { ConsoleWatch, MachineClient, WatchConsoleOptions } from "./client/machine_client.ts";
export { type ReachedMachine, reachMachine } from "./client/reach_machine.ts";
export { isObject, readJsonFile, writeJsonFile } from "./json_file.ts";
export { findMachine, listMachines, removeStaleMachines, STATUS_FILE } from "./list_machines.ts";
export { type CreateMachineFolderOptions, MachineFolder } from "./machine_folder.ts";
export type { MachineListing } from "./machine_listing.ts";
export { isMachineName, requireMachineName } from "./machine_name.ts";
export type { MachineImage, MachinePort, MachineRecord, MachineShare } from "./machine_record.ts";
export { isPort } from "./machine_record.ts";
export type {
  MachineEnding,
  MachineFailure,
  MachineStage,
  MachineStatus,
} from "./machine_status.ts";
export { removeMachine } from "./remove_machine.ts";
export { createRuntimeFolder, removeRuntimeFolder } from "./runtime_folder.ts";
