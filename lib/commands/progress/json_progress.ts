import type { ProgressEvent } from "../../store/mod.ts";
import { print, type SyncWriter } from "../../ui/mod.ts";

/** Ten events a second about the same thing are enough for every program. */
const INTERVAL_MS = 100;

/** Writes events for programs, each as a line of JSON. Of those that only say that something grew, some are left out. */
export class JsonProgress {
  readonly #target: SyncWriter;
  readonly #now: () => number;
  readonly #last = new Map<string, { readonly state: string; readonly time: number }>();

  constructor(
    { target = Deno.stdout, now = () => performance.now() }: {
      readonly target?: SyncWriter;
      readonly now?: () => number;
    } = {},
  ) {
    this.#target = target;
    this.#now = now;
  }

  /** Writes an event. */
  show(event: ProgressEvent): void {
    if (event.type !== "resolved" && !this.#isNew(event)) return;
    jsonLine(event, this.#target);
  }

  #isNew(event: Exclude<ProgressEvent, { type: "resolved" }>): boolean {
    const key = event.type === "blob" ? event.digest : event.type;
    const last = this.#last.get(key);
    const time = this.#now();
    if (last?.state === event.state && time - last.time < INTERVAL_MS) return false;
    this.#last.set(key, { state: event.state, time });
    return true;
  }
}

/** Writes a value as one line of JSON. */
export function jsonLine(value: unknown, target: SyncWriter = Deno.stdout): void {
  print(`${JSON.stringify(value)}\n`, target);
}
