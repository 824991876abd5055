/**
 * What the dylib reports.
 *
 * @module
 */

/** The states of VZVirtualMachine, by their numbers in the framework. */
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

/** What every event has. */
export interface EventBase {
  /** The machine's number. */
  readonly machine: number;
  /** Its state when the event was made, as an index into {@linkcode STATES}. */
  readonly state: number;
}

/** An operation is over. */
export interface CompletedEvent extends EventBase {
  /** Which event it is. */
  readonly kind: "completed";
  /** The number that the operation was asked with. */
  readonly request: number;
  /** Why it failed; absent when it did not. */
  readonly error?: string;
  /** The descriptor of the connection that the operation made. */
  readonly descriptor?: number;
}

/** The guest has powered itself off. */
export interface GuestStoppedEvent extends EventBase {
  /** Which event it is. */
  readonly kind: "guest-stopped";
}

/** The framework has stopped the machine. */
export interface StoppedWithErrorEvent extends EventBase {
  /** Which event it is. */
  readonly kind: "stopped-with-error";
  /** Why, in the framework's words. */
  readonly error: string;
}

/** A network card has lost its network. */
export interface NetworkDisconnectedEvent extends EventBase {
  /** Which event it is. */
  readonly kind: "network-disconnected";
  /** Why, in the framework's words. */
  readonly error: string;
}

/** A program in the guest has connected to a port that the host listens on. */
export interface VsockAcceptedEvent extends EventBase {
  /** Which event it is. */
  readonly kind: "vsock-accepted";
  /** The connection's descriptor, which belongs to the receiver of the event. */
  readonly descriptor: number;
  /** The host's port. */
  readonly port: number;
  /** The guest's port. */
  readonly sourcePort: number;
}

/** The connection to the server of a network disk stands, for the first time or again. */
export interface DiskConnectedEvent extends EventBase {
  /** Which event it is. */
  readonly kind: "disk-connected";
  /** The disk's serial. */
  readonly serial: string;
}

/** A network disk works no longer. */
export interface DiskFailedEvent extends EventBase {
  /** Which event it is. */
  readonly kind: "disk-failed";
  /** The disk's serial. */
  readonly serial: string;
  /** Why, in the framework's words. */
  readonly error: string;
}

/** A released machine is gone; the last event of a machine. */
export interface ReleasedEvent extends EventBase {
  /** Which event it is. */
  readonly kind: "released";
}

/** What the dylib reports. */
export type VirtualMachineEvent =
  | CompletedEvent
  | GuestStoppedEvent
  | StoppedWithErrorEvent
  | NetworkDisconnectedEvent
  | VsockAcceptedEvent
  | DiskConnectedEvent
  | DiskFailedEvent
  | ReleasedEvent;
