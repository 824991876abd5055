import type { RunningCommand } from "../../launch/mod.ts";
import { OutputFailed } from "../../ui/mod.ts";

/**
 * Gives a command in the guest this process's standard streams, and returns its exit status.
 *
 * Throws what `RunningCommand.status` does, `Deno.errors.BrokenPipe` if nobody reads the command's output any more, and
 * an `OutputFailed` if it cannot be written.
 */
export async function runInGuest(command: RunningCommand): Promise<number> {
  // Do not wait for the input: a command need not read it. An input that cannot be read counts as ended.
  void Deno.stdin.readable.pipeTo(command.stdin, { preventAbort: true })
    .catch(() => command.stdin.close()).catch(() => {});
  const output = Promise.all([
    command.stdout.pipeTo(Deno.stdout.writable, { preventClose: true }),
    command.stderr.pipeTo(Deno.stderr.writable, { preventClose: true }),
  ]).catch((cause) => {
    throw cause instanceof Deno.errors.BrokenPipe ? cause : new OutputFailed(cause);
  });
  const [status] = await Promise.all([command.status, output]);
  return status;
}
