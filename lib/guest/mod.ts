/**
 * The files and arguments that are put into a guest so that the host can work with it: it learns how far the guest has
 * come, and gets a command's streams and its exit status.
 *
 * @module
 */

export { attachGuest, type AttachGuestOptions } from "./attach_guest.ts";
export type { GuestCommand } from "./guest_command.ts";
export type { GuestPlan } from "./guest_plan.ts";
export type {
  GuestEnd,
  GuestFailure,
  GuestSession,
  GuestStage,
  GuestStreams,
} from "./guest_session.ts";
export { prepareGuest, type PrepareGuestOptions } from "./prepare_guest.ts";
export { AgentConnection, type AgentConnectionOptions } from "./connection/agent_connection.ts";
export type { RawStream, RawStreamHandler } from "./connection/raw_stream.ts";
export { AgentStream, type AgentStreamOptions } from "./connection/agent_stream.ts";
export { type AgentHello, PROTOCOL } from "./protocol/agent_hello.ts";
export { decodeFields, encodeFields, fieldOf, type Fields } from "./protocol/fields.ts";
export {
  encodeFrame,
  type Frame,
  FrameType,
  INITIAL_CREDIT,
  MAX_PAYLOAD,
} from "./protocol/frame.ts";
export { FrameDecoder } from "./protocol/frame_decoder.ts";
export type { AgentStage, GuestEvent } from "./protocol/guest_event.ts";
export {
  addGuestEntropy,
  authorizeKey,
  type GuestMount,
  type GuestPower,
  type KeyAuthorization,
  mountInGuest,
  powerGuest,
  setGuestClock,
  unmountInGuest,
} from "./requests/ask_guest.ts";
export { connectInGuest, type ConnectionInGuest } from "./requests/connect_in_guest.ts";
export {
  type GuestFileInfo,
  homeInGuest,
  readTarInGuest,
  type ReadTarInGuestOptions,
  statInGuest,
  writeTarInGuest,
  type WriteTarInGuestOptions,
} from "./requests/files_in_guest.ts";
export {
  type GuestCommandOptions,
  type GuestExit,
  type GuestProcess,
  startCommand,
  type TerminalSize,
} from "./requests/start_command.ts";
