import type { RunningCommand } from "../../launch/mod.ts";
import { attachTerminal } from "../../ui/mod.ts";
import { ownTerminalSize } from "../machine/command_options.ts";

/**
 * Gives a command in the guest, which has a terminal of its own, this process's terminal, and returns its exit status.
 * Until it runs, Ctrl-C ends the machine.
 *
 * Throws what `RunningCommand.status` does, and the signal's reason if it aborts.
 */
export async function runInTerminal(
  command: RunningCommand,
  signal: AbortSignal,
): Promise<number> {
  // A program that is not there has a status, too.
  await Promise.race([command.started.catch(() => command.status), command.status]);
  const { columns, rows } = ownTerminalSize();
  command.resize(columns, rows);
  const streams = {
    readable: withErrors(command),
    writable: command.stdin,
  };
  await attachTerminal(streams, {
    signal,
    escapes: false,
    onResize: ({ columns, rows }) => command.resize(columns, rows),
  });
  signal.throwIfAborted();
  return await command.status;
}

/** Only a command that cannot be started has error output beside its terminal. */
function withErrors({ stdout, stderr }: RunningCommand): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from((async function* () {
    yield* stdout;
    yield* stderr;
  })());
}
