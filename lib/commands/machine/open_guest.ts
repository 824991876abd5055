import type { AgentConnection } from "../../guest/mod.ts";
import { snapvmHome } from "../../host/mod.ts";
import { hasCode } from "../../error/mod.ts";
import { StatusLine } from "../../ui/mod.ts";
import {
  connectMachine,
  findMachine,
  type MachineClient,
  type MachineListing,
  type ReachedMachine,
  reachMachine,
} from "../../machines/mod.ts";
import { isReady } from "./is_ready.ts";

/** A machine without a supervisor tells nobody when it has one. */
const POLL_MS = 100;

/** A guest that is ready for work. */
export interface OpenGuest extends AsyncDisposable {
  /** The machine that it is in. */
  readonly machine: MachineListing;
  /** The connection to the machine's supervisor. */
  readonly client: MachineClient;
  /** The connection to the guest's agent. */
  readonly connection: AgentConnection;
}

/**
 * Connects to the guest of a machine, and waits until it is ready, while a line says how far it is.
 *
 * @param name The machine's name.
 * @param interrupted Gives what ends the waiting with its reason. It is not called if there is nothing to wait for.
 * @returns The guest.
 * @throws {SnapvmError} `machine-not-found`, `machine-not-running`; `guest-failed` and `machine-ended` if the guest does
 * not get ready.
 */
export async function openGuest(
  name: string,
  interrupted: () => AbortSignal,
): Promise<OpenGuest> {
  const { machine, client } = await connect(name, interrupted);
  try {
    if (machine.status === undefined || !isReady(machine.status)) {
      const { waitUntilReady } = await import(
        import.meta.resolve("./wait_until_ready.ts")
      ) as typeof import("./wait_until_ready.ts");
      await waitUntilReady(client, interrupted());
    }
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
  return {
    machine,
    client,
    connection: client.connection,
    // Nobody has to wait for the other end: the process ends anyway.
    [Symbol.asyncDispose]: () => {
      void Promise.resolve(client[Symbol.asyncDispose]()).catch(() => {});
      return Promise.resolve();
    },
  };
}

/** Connects to the supervisor of a machine, and waits for it if the machine is just being started. */
async function connect(
  name: string,
  interrupted: () => AbortSignal,
): Promise<ReachedMachine> {
  using line = new StatusLine();
  for (;;) {
    const reached = await reachMachine(snapvmHome(), name);
    if (reached !== undefined) return reached;
    const machine = await findMachine(snapvmHome(), name);
    try {
      return { machine, client: await connectMachine(machine) };
    } catch (error) {
      if (machine.state !== "starting" || !hasCode(error, "supervisor-lost")) throw error;
    }
    line.show(`${name}: it is being started`);
    interrupted().throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
