/**
 * Work in a guest: the agent that is put into it, the channel to the agent, and what it can be asked for.
 *
 * @module
 */

export { AgentConnection, type AgentConnectionOptions } from "./connection/agent_connection.ts";
export type { ByteChannel } from "./connection/byte_channel.ts";
export type { GuestOutput } from "./connection/guest_output.ts";
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
export type { AgentStage, GuestEvent, GuestFailure } from "./protocol/guest_event.ts";
export {
  addGuestEntropy,
  authorizeKey,
  type GuestClock,
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
  type StartedCommand,
  type TerminalSize,
} from "./requests/start_command.ts";
export { checkCommand } from "./requests/check_command.ts";
export type { GuestPlan } from "./plan/guest_plan.ts";
export { AGENT_PORT } from "./plan/agent_port.ts";
export { prepareGuest } from "./plan/prepare_guest.ts";
export type { PrepareGuestOptions } from "./plan/prepare_guest_options.ts";
