import type { GuestPlan } from "./guest_plan.ts";
import { inputFrames } from "./input_frames.ts";
import { readControl } from "./read_control.ts";
import { untilEndMark } from "./until_end_mark.ts";

/** How far a guest has come. */
export type GuestStage =
  /** The first process of the initramfs runs. */
  | "initramfs"
  /** The root filesystem's init runs. */
  | "userspace"
  /** The root filesystem's init has started what it was to start, or has taken longer than is waited for. */
  | "ready"
  /** The command is about to be started. */
  | "command"
  /** The command has ended. */
  | "end";

/** Where a guest gave up. */
export type GuestFailure = "emergency" | "rescue" | "initramfs-shell";

/** Why there is nothing more to come from a guest. */
export type GuestEnd =
  /** The command ended; `status` is its exit status, 128 + n if signal n killed it. */
  | { readonly reason: "exited"; readonly status: number }
  /** The guest is in a mode that waits for somebody at its console. */
  | { readonly reason: "failed"; readonly mode: GuestFailure; readonly initramfs: boolean }
  /** The machine ended before. */
  | { readonly reason: "disconnected" };

/** The command's streams. */
export interface GuestStreams {
  /** Closing it is the command's end of file. It may never be read. */
  readonly stdin: WritableStream<Uint8Array<ArrayBuffer>>;
  /** Exactly what the command wrote. It must be read, or the command waits. */
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Exactly what the command wrote to its error output. It must be read, or the command waits. */
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** A guest to which the host is attached. */
export interface GuestSession {
  /** The command's streams, where there is a command. */
  readonly command: GuestStreams | undefined;
  /** Settles, and never rejects, when nothing more is to come. */
  readonly end: Promise<GuestEnd>;
}

/** What {@linkcode attachGuest} takes beside the plan and the ports. */
export interface AttachGuestOptions {
  /** Called once for each stage, with the time on the clock of `performance.now()`, in milliseconds. */
  readonly onStage?: (stage: GuestStage, time: number) => void;
}

/**
 * Attaches to a guest whose machine has been started with the plan's files, kernel arguments and ports.
 *
 * @param plan What {@linkcode prepareGuest} gave.
 * @param port Gives the host's side of a port, by its name; each is asked for once.
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
  // The last frame is the command's end of file. A machine that has ended is for others to tell.
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
