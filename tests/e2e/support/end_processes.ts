import { join } from "node:path";
import { readProcessFile } from "../../host/support/read_process_file.ts";
import { waitUntil } from "./wait_until.ts";

/**
 * Ends all processes that have to do with a `$SNAPVM_HOME`, whatever has become of those that started them, and waits
 * until they are gone: a test that fails leaves no guest behind. A supervisor has its home only in its environment.
 */
export async function endProcesses(home: string): Promise<void> {
  let found: number[] = [];
  await waitUntil(async () => {
    found = await processesIn(home);
    for (const pid of found) kill(pid);
    return found.length === 0;
  }, () => `These do not end: ${found}`);
}

/** Kills a process, if it is still there. */
export function kill(pid: number, signal: Deno.Signal = "SIGKILL"): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function processesIn(home: string): Promise<number[]> {
  const pids: number[] = [];
  const variable = `SNAPVM_HOME=${home}`;
  const machines = join(home, "machines");
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === Deno.pid) continue;
    const environment = environmentOf(name)?.split("\0") ?? [];
    const isIn = environment.includes(variable) ||
      readProcessFile(`/proc/${name}/cmdline`)?.includes(machines);
    if (isIn) pids.push(Number(name));
  }
  return pids;
}

/** Nothing, too, if it is another user's. */
function environmentOf(pid: string): string | undefined {
  try {
    return readProcessFile(`/proc/${pid}/environ`);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}
