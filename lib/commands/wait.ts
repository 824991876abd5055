import { hasCode } from "../error/mod.ts";
import { snapvmHome, withDeadline } from "../host/mod.ts";
import { ExitStatus, print, printable } from "../ui/mod.ts";
import { connectMachine, findMachine, type MachineEnding } from "../machines/mod.ts";
import { Interruption } from "./interruption.ts";
import { openGuest } from "./machine/open_guest.ts";

interface WaitOptions {
  readonly for?: "ready" | "stopped" | undefined;
  readonly debug?: true | undefined;
}

/** The ends that are no failure of the guest's. */
const GOOD_ENDS: readonly string[] = ["power-off", "stopped", "reset"];

/** `snapvm wait`. */
export async function wait(options: WaitOptions, name: string): Promise<void> {
  using interruption = new Interruption();
  if (options.for === "ready") {
    await using _guest = await openGuest(name, () => interruption.signal);
    return;
  }
  const end = await ending(name, interruption.signal);
  const reason = end?.reason ?? "stopped";
  print(`${printable(reason)}\n`);
  if (!GOOD_ENDS.includes(reason)) Deno.exitCode = ExitStatus.failure;
}

/** Waits for a machine's end. */
async function ending(name: string, signal: AbortSignal): Promise<MachineEnding | undefined> {
  const machine = await findMachine(snapvmHome(), name);
  if (machine.state === "stopped") return machine.status?.end;
  await using client = await connectMachine(machine);
  const changes = client.followStatus()[Symbol.asyncIterator]();
  let last = machine.status;
  try {
    for (;;) {
      const { done, value } = await withDeadline(changes.next(), { signal });
      if (done) return last?.end;
      last = value;
    }
  } catch (error) {
    if (!hasCode(error, "agent-lost")) throw error;
    // Its supervisor was killed.
    return last?.end ?? { reason: "supervisor-killed", time: new Date().toISOString() };
  } finally {
    changes.return?.().catch(() => {});
  }
}
