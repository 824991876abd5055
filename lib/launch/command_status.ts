import { SnapvmError } from "../error/mod.ts";
import type { GuestEnd, GuestSession } from "../guest/mod.ts";
import type { Machine } from "../vm/mod.ts";
import { withDeadline } from "../host/mod.ts";
import type { LaunchStage } from "./launch_stage.ts";
import { machineEnded } from "./machine_ended.ts";

/** What {@linkcode commandStatus} waits for. */
export interface CommandWatch {
  /** The machine. */
  readonly machine: Machine;
  /** What is attached to the guest. */
  readonly session: GuestSession;
  /** Ends the waiting with its reason. */
  readonly signal: AbortSignal | undefined;
  /** Called with all that the guest prints on its console. */
  readonly onConsole: ((bytes: Uint8Array<ArrayBuffer>) => void) | undefined;
  /** How far the guest has come. */
  readonly stage: () => LaunchStage;
}

/** Reads the console, which would hold up the guest otherwise, and gives the command's exit status. */
export function commandStatus(
  { machine, session, signal, onConsole, stage }: CommandWatch,
): Promise<number> {
  const console = (async () => {
    for await (const bytes of machine.console.readable) onConsole?.(bytes);
  })();
  const exit = (async () => {
    const end = await session.end;
    if (end.reason === "exited") return end.status;
    if (end.reason === "failed") throw guestFailed(end, stage());
    const machineEnd = await machine.ended;
    // All that the guest said last has been seen then.
    await console;
    throw machineEnded(machineEnd, stage());
  })();
  // That the console cannot be taken counts at once; its end does not.
  const consoleFailed = console.then(() => new Promise<never>(() => {}));
  const status = withDeadline(Promise.race([exit, consoleFailed]), { signal });
  // Nobody has to wait for the status.
  status.catch(() => {});
  return status;
}

function guestFailed(
  { mode, initramfs }: Extract<GuestEnd, { reason: "failed" }>,
  stage: LaunchStage,
): SnapvmError {
  const name = mode === "initramfs-shell" ? "the initramfs's shell" : `${mode} mode`;
  const where = initramfs && mode !== "initramfs-shell" ? " in the initramfs" : "";
  return new SnapvmError(
    "guest-failed",
    `Cannot run the command: the guest went into ${name}${where}`,
    { data: { mode, initramfs, stage } },
  );
}
