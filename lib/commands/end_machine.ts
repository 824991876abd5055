import { hasCode } from "../error/mod.ts";
import { snapvmHome } from "../host/mod.ts";
import {
  connectMachine,
  findMachine,
  type MachineClient,
  type MachineListing,
  removeMachine,
} from "../machines/mod.ts";
import { forEachMachine } from "./machine/for_each_machine.ts";

interface EndOptions {
  readonly debug?: true | undefined;
}

interface StopOptions extends EndOptions {
  readonly time: number;
}

interface RemoveOptions extends EndOptions {
  readonly force?: true | undefined;
}

/** `snapvm stop`. */
export async function stop(options: StopOptions, ...names: string[]): Promise<void> {
  await forEachMachine(names, options, async (name) => {
    const machine = await findMachine(snapvmHome(), name);
    if (machine.state === "stopped") return;
    await end(machine, (client) => client.stop(options.time));
  });
}

/** `snapvm kill`. */
export async function kill(options: EndOptions, ...names: string[]): Promise<void> {
  await forEachMachine(names, options, async (name) => {
    await end(await findMachine(snapvmHome(), name), (client) => client.kill());
  });
}

/** `snapvm rm`. */
export async function rm({ force, debug }: RemoveOptions, ...names: string[]): Promise<void> {
  await forEachMachine(names, { debug }, async (name) => {
    const home = snapvmHome();
    const machine = await findMachine(home, name);
    if (force && machine.state !== "stopped" && machine.state !== "damaged") {
      await end(machine, (client) => client.kill());
      // One that is not kept goes with its end.
      if (machine.record?.kept === false) return;
    }
    await removeMachine(home, name).catch((error) => {
      if (!force || !hasCode(error, "machine-not-found")) throw error;
    });
  });
}

/** Ends a machine. That it ends by itself meanwhile is as good. */
async function end(
  machine: MachineListing,
  ask: (client: MachineClient) => Promise<string>,
): Promise<void> {
  try {
    await using client = await connectMachine(machine);
    await ask(client);
  } catch (error) {
    const hasEnded = hasCode(error, "machine-not-running", "supervisor-lost") &&
      machine.state !== "stopped" && await isStopped(machine.name);
    if (!hasEnded) throw error;
  }
}

async function isStopped(name: string): Promise<boolean> {
  try {
    const { state } = await findMachine(snapvmHome(), name);
    return state === "stopped";
  } catch (error) {
    if (hasCode(error, "machine-not-found")) return true;
    throw error;
  }
}
