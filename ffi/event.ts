/**
 * What the dylib reports.
 *
 * @module
 */

/** The states of VZVirtualMachine: the framework's number of a state is its index. */
export const STATES = [
  "stopped",
  "running",
  "paused",
  "error",
  "starting",
  "pausing",
  "resuming",
  "stopping",
  "saving",
  "restoring",
] as const;

/** A state of VZVirtualMachine. */
export type State = typeof STATES[number];

/** The members of every event. */
export interface EventBase {
  /** The machine's number. */
  readonly machine: number;
  /** Its state at the time of the event, as an index into {@linkcode STATES}. */
  readonly state: number;
}

/** An operation has ended. */
export interface CompletedEvent extends EventBase {
  /** The kind of event. */
  readonly kind: "completed";
  /** The number of the operation's request. */
  readonly request: number;
  /** Why it failed. Absent if it succeeded. */
  readonly error?: string;
}

/** The guest has powered itself off. */
export interface GuestStoppedEvent extends EventBase {
  /** The kind of event. */
  readonly kind: "guest-stopped";
}

/** The framework has stopped the machine. */
export interface StoppedWithErrorEvent extends EventBase {
  /** The kind of event. */
  readonly kind: "stopped-with-error";
  /** Why, in the framework's words. */
  readonly error: string;
}

/** A network card has lost its network. */
export interface NetworkDisconnectedEvent extends EventBase {
  /** The kind of event. */
  readonly kind: "network-disconnected";
  /** Why, in the framework's words. */
  readonly error: string;
}

/** A released machine is gone. This is its last event. */
export interface ReleasedEvent extends EventBase {
  /** The kind of event. */
  readonly kind: "released";
}

/** What the dylib reports. */
export type VirtualMachineEvent =
  | CompletedEvent
  | GuestStoppedEvent
  | StoppedWithErrorEvent
  | NetworkDisconnectedEvent
  | ReleasedEvent;
