import { hasCode } from "../error/mod.ts";
import type { AgentConnection, GuestProcess } from "../guest/mod.ts";
import { withDeadline } from "../host/mod.ts";
import type { Machine } from "../vm/mod.ts";
import type { LaunchStage } from "./launch_stage.ts";
import { machineEnded } from "./machine_ended.ts";

/** A guest that restarts breaks the channel as well; its hypervisor says so within this time. */
const END_MS = 2000;

/** What {@linkcode commandStatus} waits for. */
export interface CommandWatch {
  /** The machine. */
  readonly machine: Machine;
  /** The connection to the guest's agent. */
  readonly agent: AgentConnection;
  /** Settles when the guest is ready, and has what the command may want. */
  readonly ready: Promise<void>;
  /** Starts the command; its exit is the result. */
  readonly start: () => GuestProcess;
  /** Ends the waiting with its reason. */
  readonly signal: AbortSignal | undefined;
  /** Called with all that the guest prints on its console. */
  readonly onConsole: ((bytes: Uint8Array<ArrayBuffer>) => void) | undefined;
  /** How far the guest has come. */
  readonly stage: () => LaunchStage;
}

/**
 * Reads the console, which would hold up the guest otherwise, starts the command when the guest is ready, and gives its
 * exit status.
 */
export function commandStatus(watch: CommandWatch): Promise<number> {
  const { machine, agent, ready, signal, onConsole, stage } = watch;
  const console = (async () => {
    for await (const bytes of machine.console.readable) onConsole?.(bytes);
  })();
  const lost = (async () => {
    const error = await agent.ended;
    const end = await withDeadline(machine.ended, {
      ...error && { limit: { milliseconds: END_MS, error: () => error } },
    });
    // All that the guest said last has been seen then.
    await console;
    throw machineEnded(end, stage());
  })();
  const exit = (async () => {
    await ready;
    const end = await watch.start().exit;
    return "signal" in end ? 128 + end.signal : end.status;
  })().catch((error) => {
    // What was asked of a guest that has ended did not fail by itself.
    if (hasCode(error, "agent-lost", "agent-protocol")) return lost;
    throw error;
  });
  // That the console cannot be taken counts at once; its end does not.
  const consoleFailed = console.then(() => new Promise<never>(() => {}));
  const status = withDeadline(Promise.race([exit, lost, consoleFailed]), { signal });
  // Nobody has to wait for the status.
  status.catch(() => {});
  return status;
}
