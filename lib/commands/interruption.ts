import { CommandFailure, ExitStatus } from "../ui/mod.ts";

const SIGNALS: readonly Deno.Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Turns Ctrl-C and its like into an abort, so that a command can take away what it began before it ends. While one of
 X
 */
export class Interruption implements Disposable {
  #controller = new AbortController();
  #listeners = SIGNALS.map((name) => ({ name, listener: () => this.#interrupt(name) }));

  constructor() {
    for (const { name, listener } of this.#listeners) Deno.addSignalListener(name, listener);
  }

  /** Aborts with a {@linkcode CommandFailure} that has the signal's status and no message. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Gives the signals their usual effect again. */
  [Symbol.dispose](): void {
    for (const { name, listener } of this.#listeners) Deno.removeSignalListener(name, listener);
  }

  #interrupt(name: Deno.Signal): void {
    if (this.signal.aborted) Deno.exit(statusOf(name));
    this.#controller.abort(new CommandFailure("", { status: statusOf(name) }));
  }
}

function statusOf(name: Deno.Signal): number {
  if (name === "SIGTERM") return 143;
  if (name === "SIGHUP") return 129;
  return ExitStatus.interrupted;
}
