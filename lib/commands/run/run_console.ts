import { machineEnded } from "../../launch/mod.ts";
import { attachTerminal, ExitStatus, paint, print } from "../../ui/mod.ts";
import type { Machine } from "../../vm/mod.ts";
import type { ConsoleLog } from "./console_log.ts";

/**
 * Gives the person the guest's console until the guest ends or `Ctrl-] q` is typed, and returns the exit status: 0,
 * if it ended well.
 *
 * Throws a `SnapvmError` (`machine-ended`) if the guest's kernel panicked or the hypervisor failed, and the signal's
 * reason if it aborts.
 */
export async function runConsole(
  machine: Machine,
  log: ConsoleLog,
  signal: AbortSignal,
): Promise<number> {
  if (Deno.stdin.isTerminal()) {
    print(paint("The guest's console. Ctrl-] q ends the machine.\n", "dim"), Deno.stderr);
  }
  const attached = await attachTerminal(machine.console, {
    signal,
    onOutput: (bytes) => log.write(bytes),
  });
  signal.throwIfAborted();
  if (attached === "quit") {
    print("\nEnded by Ctrl-] q.\n", Deno.stderr);
    return ExitStatus.success;
  }
  const end = await machine.ended;
  if (end.reason === "panic" || end.reason === "hypervisor-failed") {
    throw machineEnded(end, "running");
  }
  return ExitStatus.success;
}
