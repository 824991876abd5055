import type { SupervisorProgram } from "../../vm/mod.ts";

/** The word after which this program supervises a machine. */
const SUPERVISE = "supervise";

/**
 * How this program is started to supervise a machine: the same program that runs now, so that on a Mac it is the signed
 * copy if this one is.
 *
 * @returns The program and its arguments.
 */
export function supervisorProgram(): SupervisorProgram {
  const program = Deno.execPath();
  if (Deno.build.standalone) return { program, args: [SUPERVISE] };
  const main = new URL("../../../cli.ts", import.meta.url).href;
  // What Deno would look for elsewhere, snapvm has in its own lock file and configuration.
  return { program, args: ["run", "-q", "--allow-all", main, SUPERVISE] };
}
