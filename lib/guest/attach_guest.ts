import type { GuestPlan } from "./guest_plan.ts";
import type { GuestEnd, GuestSession, GuestStage } from "./guest_session.ts";
import { inputFrames } from "./input_frames.ts";
import { readControl } from "./read_control.ts";
import { untilEndMark } from "./until_end_mark.ts";

/** The options of {@linkcode attachGuest}. */
export interface AttachGuestOptions {
  /** Called once for each stage, with its time on the clock of `performance.now()`, in milliseconds. */
  readonly onStage?: (stage: GuestStage, time: number) => void;
}

/**
 * Attaches to a guest whose machine was started with the plan's files, kernel arguments and ports.
 *
 * @param plan The plan of {@linkcode prepareGuest}.
 * @param port Returns the host's side of the port with a name. It is called once for each port.
 * @param options What to call while the guest boots.
 * @returns The command's streams, and the end of the session.
 */
export function attachGuest(
  plan: GuestPlan,
  port: (name: string) => ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>,
  options: AttachGuestOptions = {},
): GuestSession {
  const control = readControl(port("snapvm.control").readable, options.onStage);
  const { endMark } = plan;
  if (endMark === undefined) return { command: undefined, end: control };
  const input = inputFrames();
  // The last frame is the command's end of file. If the machine has ended, the other ports say so.
  void input.readable.pipeTo(port("snapvm.stdin").writable).catch(() => {});
  const stdout = untilEndMark(port("snapvm.stdout").readable, endMark);
  const stderr = untilEndMark(port("snapvm.stderr").readable, endMark);
  const exit = Promise.all([stdout.status, stderr.status]).then(([status, again]): GuestEnd => {
    if (status === undefined || again === undefined) return { reason: "disconnected" };
    options.onStage?.("end", performance.now());
    return { reason: "exited", status };
  });
  return {
    command: {
      stdin: input.writable,
      stdout: stdout.output,
      stderr: stderr.output,
    },
    end: Promise.race([exit, control.then((end) => end.reason === "failed" ? end : exit)]),
  };
}
