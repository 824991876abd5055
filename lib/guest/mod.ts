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
