import { hasCode } from "../error/mod.ts";
import {
  type AgentConnection,
  type GuestCommandOptions,
  type GuestProcess,
  startCommand,
} from "../guest/mod.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What a shell ends with if there is no such program, and if it cannot be executed. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** The errors of the system that mean that there is no such program. */
const MISSING: readonly string[] = ["ENOENT", "ENOTDIR"];

/**
 * Starts a command in a guest. A program that cannot be started ends as it does in a shell: with a line in the error
 * output and a status that tells the two reasons apart.
 *
 * @param agent The connection to the guest's agent.
 * @param command The command.
 * @returns The process; it may not run yet.
 */
export function startProcess(agent: AgentConnection, command: GuestCommandOptions): GuestProcess {
  const process = startCommand(agent, command);
  const failed = process.exit.then(() => undefined, (error) => {
    if (!hasCode(error, "guest-refused") || error.data.step !== "program") return undefined;
    return {
      status: MISSING.includes(error.data.errno) ? NOT_FOUND : NOT_EXECUTABLE,
      words: `snapvm: ${command.arguments?.[0] ?? "the shell"}: ${error.data.error}\n`,
    };
  });
  const exit = failed.then((failed) => failed ? { status: failed.status } : process.exit);
  exit.catch(() => {});
  const reader = process.stderr.getReader();
  const stderr = new ReadableStream<Bytes>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        const words = (await failed)?.words;
        if (words === undefined) throw error;
        controller.enqueue(new TextEncoder().encode(words));
        controller.close();
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return { ...process, stderr, exit };
}
