import { SnapvmError } from "../../error/mod.ts";
import { basename, lockFolder, readLines } from "../../host/mod.ts";
import { MachineFolder } from "../../machines/mod.ts";
import { readMachinePlan } from "./machine_plan.ts";
import { failedReport, type Report } from "./report.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import { startAndSupervise } from "./start_and_supervise.ts";

/** The longest path of a machine's folder, in characters. */
const MAX_PATH = 4096;
/** How long a guest has to power off when the supervisor is asked to end, in milliseconds. */
const STOP_TIMEOUT_MS = 10_000;

/** What `supervise()` does. */
export async function superviseMachine(): Promise<void> {
  const abort = new AbortController();
  const giveUp = () => abort.abort(new Deno.errors.Interrupted("The start was given up"));
  let terminate = giveUp;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => terminate());
  }
  // A fault in what serves one client must not end the machine.
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log(`a fault: ${describe(event.reason)}`);
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    log(`a fault: ${describe(event.error)}`);
  });
  try {
    await using started = await start(abort.signal);
    terminate = () => void started.supervisor.stop(STOP_TIMEOUT_MS);
    if (abort.signal.aborted) terminate();
    await report({ kind: "started" });
    await started.supervisor.ended;
  } catch (error) {
    await report(failedReport(error));
    throw error;
  }
}

/** A machine that runs. */
interface Started extends AsyncDisposable {
  readonly supervisor: Supervisor;
}

async function start(signal: AbortSignal): Promise<Started> {
  await report({ kind: "waiting" });
  const path = await readPath();
  await using resources = new AsyncDisposableStack();
  const folder = await MachineFolder.takeOver(path);
  if (folder === undefined) throw damaged(path, "its folder is gone");
  const isNew = folder.record === undefined;
  let hasStarted = false;
  // A new machine that has never run is worth nothing.
  resources.defer(() => isNew && !hasStarted ? folder.remove() : folder[Symbol.asyncDispose]());
  await report({ kind: "owner" });
  const plan = await readMachinePlan(path);
  if (typeof plan === "string") throw damaged(path, plan);
  if (plan.heldFolder !== undefined) {
    const hold = await lockFolder(plan.heldFolder, { shared: true });
    if (hold === undefined) throw damaged(path, `${plan.heldFolder} is gone`);
    resources.use(hold);
  }
  const supervisor = resources.use(
    await startAndSupervise(folder, plan, {
      signal,
      onClone: () => void report({ kind: "stage", stage: "clone" }),
      onNotice: (notice) => void report({ kind: "notice", notice }),
      onProblem: log,
    }),
  );
  hasStarted = true;
  const kept = resources.move();
  return { supervisor, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function readPath(): Promise<string> {
  for await (const line of readLines(Deno.stdin.readable, MAX_PATH)) return line;
  throw new Error("Nobody has said which machine to supervise");
}

/** Whoever has started this process may be gone by now. */
async function report(what: Report): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(what)}\n`);
  for (let at = 0; at < bytes.length;) {
    try {
      at += await Deno.stdout.write(bytes.subarray(at));
    } catch {
      return;
    }
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

/** The standard error is the machine's log. */
function log(text: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(`${new Date().toISOString()} ${text}\n`));
  } catch {
    // On a full disk it is lost.
  }
}

function damaged(path: string, why: string): SnapvmError {
  const name = basename(path);
  return new SnapvmError("machine-damaged", `Cannot start the machine ${name}: ${why}`, {
    data: { name, path },
  });
}
