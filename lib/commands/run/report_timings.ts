import { PartialOutput } from "../../host/mod.ts";
import type { SnapshotPatch } from "../../store/mod.ts";
import {
  ExitStatus,
  formatTimings,
  print,
  printable,
  type Timing,
  withStatus,
} from "../../ui/mod.ts";

/** How long a run took, and what was noticed on the way. */
export interface RunReport {
  /** The stages. */
  readonly timings: readonly Timing[];
  /** How the guest was accelerated; `undefined` if it was never started. */
  readonly acceleration: string | undefined;
  /** The snapshot's faults that were healed in the clone. */
  readonly healed: readonly SnapshotPatch[];
  /** Notices of the hypervisor, although nothing failed. */
  readonly notices: readonly string[];
}

/** Shows where the time went, on standard error. */
export function printTimings({ timings, acceleration, healed, notices }: RunReport): void {
  const width = Deno.stderr.isTerminal() ? Deno.consoleSize().columns : 80;
  print(formatTimings(timings, Math.min(width, 100)), Deno.stderr);
  if (acceleration !== undefined) print(`acceleration: ${acceleration}\n`, Deno.stderr);
  for (const { fault } of healed) print(`healed in the clone: ${fault}\n`, Deno.stderr);
  for (const notice of notices) print(`notice: ${printable(notice)}\n`, Deno.stderr);
}

/** Begins the file `path` for {@linkcode writeTimings}. */
export async function beginTimings(path: string): Promise<PartialOutput> {
  try {
    return await PartialOutput.begin(path);
  } catch (error) {
    throw withStatus(error, ExitStatus.notStarted);
  }
}

/** Writes the same into a file as JSON, in milliseconds from the start of the process. */
export async function writeTimings(output: PartialOutput, report: RunReport): Promise<void> {
  const { timings, acceleration = null, healed, notices } = report;
  await Deno.writeTextFile(
    output.path,
    JSON.stringify(
      { timings, acceleration, healed: healed.map(({ fault }) => fault), notices },
      null,
      2,
    ) + "\n",
  );
  await output.commit();
}
