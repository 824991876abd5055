import { hasCode } from "../error/mod.ts";
import type { GuestProcess } from "../guest/mod.ts";
import { withDeadline } from "../host/mod.ts";
import type { Supervisor } from "../vm/mod.ts";
import type { GuestBoot } from "./guest_boot.ts";
import type { LaunchStage } from "./launch_stage.ts";
import { machineEnded } from "./machine_ended.ts";

/** A guest that restarts breaks the channel as well; its hypervisor says so within this time. */
const END_MS = 2000;

/** What {@linkcode commandStatus} waits for. */
export interface CommandWatch {
  /** The machine's supervisor, with the guest's agent. */
  readonly supervisor: Supervisor;
  /** How the guest gets ready. */
  readonly boot: GuestBoot;
  /** Starts the command; its exit is the result. */
  readonly start: () => GuestProcess;
  /** Ends the waiting with its reason. */
  readonly signal: AbortSignal | undefined;
  /** How far the guest has come. */
  readonly stage: () => LaunchStage;
}

/** Starts the command when the guest is ready, and gives its exit status. */
export function commandStatus(watch: CommandWatch): Promise<number> {
  const { supervisor, boot, signal, stage } = watch;
  const console = supervisor.console.ended;
  const lost = (async () => {
    const error = await supervisor.agent?.ended;
    const end = await withDeadline(supervisor.machine.ended, {
      ...error && { limit: { milliseconds: END_MS, error: () => error } },
    });
    // All that the guest said last has been seen then.
    await console;
    throw machineEnded(end, stage());
  })();
  const exit = (async () => {
    await boot.ready;
    await supervisor.mounted;
    const end = await watch.start().exit;
    return "signal" in end ? 128 + end.signal : end.status;
  })().catch(async (error) => {
    if (!hasCode(error, "agent-lost", "agent-protocol")) throw error;
    // What was asked of a guest that has ended did not fail by itself. One that goes on has lost its agent only.
    await withDeadline(supervisor.agent!.ended, {
      limit: { milliseconds: END_MS, error: () => error },
    });
    return lost;
  });
  // That the console cannot be taken counts at once; its end does not.
  const consoleFailed = console.then(() => new Promise<never>(() => {}));
  const status = withDeadline(Promise.race([exit, lost, consoleFailed]), { signal });
  // Nobody has to wait for the status.
  status.catch(() => {});
  return status;
}
