import type { ProgressEvent } from "../../store/mod.ts";
import { print, type SyncWriter } from "../../ui/mod.ts";

/** Ten events a second about the same thing are enough for every program. */
const INTERVAL_MS = 100;

/** An event that says that something grew. */
type Growth = Exclude<ProgressEvent, { type: "resolved" }>;

/** Writes events for programs, each as a line of JSON. Of those that only say that something grew, some are left out. */
export class JsonProgress implements Disposable {
  readonly #target: SyncWriter;
  readonly #now: () => number;
  readonly #onFailure: (error: unknown) => void;
  readonly #last = new Map<string, { readonly state: string; readonly time: number }>();
  readonly #pending = new Map<string, Growth>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    { target = Deno.stdout, now = () => performance.now(), onFailure = () => {} }: {
      readonly target?: SyncWriter;
      readonly now?: () => number;
      /** Told when nothing can be written any more. */
      readonly onFailure?: (error: unknown) => void;
    } = {},
  ) {
    this.#target = target;
    this.#now = now;
    this.#onFailure = onFailure;
  }

  /** Writes an event, now or soon. */
  show(event: ProgressEvent): void {
    if (event.type === "resolved") return this.#write(event);
    const key = event.type === "blob" ? event.digest : event.type;
    const last = this.#last.get(key);
    const time = this.#now();
    if (last?.state === event.state && time - last.time < INTERVAL_MS) {
      this.#pending.set(key, event);
      // If nothing follows, because something is stuck, this is how far it is.
      this.#timer ??= setTimeout(() => this.#writePending(), INTERVAL_MS);
      return;
    }
    this.#pending.delete(key);
    this.#last.set(key, { state: event.state, time });
    this.#write(event);
  }

  /** Writes nothing any more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#pending.clear();
  }

  #writePending(): void {
    this.#timer = undefined;
    const events = [...this.#pending.values()];
    this.#pending.clear();
    for (const event of events) this.show(event);
  }

  #write(event: ProgressEvent): void {
    try {
      jsonLine(event, this.#target);
    } catch (error) {
      this.#onFailure(error);
    }
  }
}

/** Writes a value as one line of JSON. */
export function jsonLine(value: unknown, target: SyncWriter = Deno.stdout): void {
  print(`${JSON.stringify(value)}\n`, target);
}
