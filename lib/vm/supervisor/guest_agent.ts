import type { GuestConnection } from "../ports/guest_connection.ts";
import type { AgentRelay } from "./agent_relay.ts";

/** What a supervisor needs of the connection to a guest's agent. */
export interface GuestAgent extends AgentRelay {
  /** Settles when the agent has answered. */
  readonly hello: Promise<unknown>;
  /** Settles, and never rejects, when the connection has ended; with an error if the guest broke the protocol. */
  readonly ended: Promise<Error | undefined>;
  /** Connects to an address in the guest. */
  connect(address: string): GuestConnection;
  /** Asks the guest to power off in its own way. */
  powerOff(): Promise<void>;
}
