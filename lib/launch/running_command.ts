import type { GuestStreams } from "../guest/mod.ts";

/** What a command has written, and how it ended. */
export interface CommandOutput {
  /** Its exit status: 128 + n if signal n killed it. */
  readonly status: number;
  /** All that it wrote to its standard output. */
  readonly stdout: Uint8Array<ArrayBuffer>;
  /** All that it wrote to its standard error. */
  readonly stderr: Uint8Array<ArrayBuffer>;
}

/** A command that runs in a guest, in the manner of `Deno.ChildProcess`. */
export interface RunningCommand extends GuestStreams {
  /**
   * The exit status: 128 + n if signal n killed the command. Its output must be read to the end before it comes. Rejects
   * with a `SnapvmError` (`guest-failed`, `machine-ended`) if the guest or its machine ends before the command does, and
   * with the signal's reason if the launch's signal aborts.
   */
  readonly status: Promise<number>;
  /** Ends the input and gathers the output; for a command whose streams nobody has touched. */
  output(): Promise<CommandOutput>;
}

/** A command with its streams and its end. */
export function runningCommand(streams: GuestStreams, status: Promise<number>): RunningCommand {
  return {
    ...streams,
    status,
    output: async () => {
      // A command need not read its input, so nobody waits for its end to arrive.
      streams.stdin.close().catch(() => {});
      const [stdout, stderr, code] = await Promise.all([
        new Response(streams.stdout).bytes(),
        new Response(streams.stderr).bytes(),
        status,
      ]);
      return { status: code, stdout, stderr };
    },
  };
}
