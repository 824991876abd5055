import type { ProgressEvent, ProgressListener } from "../../store/mod.ts";
import { CommandFailure, LiveLines, print, printable, TransferRate } from "../../ui/mod.ts";
import { progressLines, summaryOf } from "./format_progress.ts";
import { ImageProgress } from "./image_progress.ts";
import { JsonProgress } from "./json_progress.ts";
import { PlainProgress } from "./plain_progress.ts";

/** Who looks at the progress: nobody, a program (JSON lines on standard output), or people (on standard error). */
export type ProgressAudience = "nobody" | "program" | "people";

/** Shows how an image comes into the store. Nothing is shown before the first event. */
export class ProgressDisplay implements Disposable {
  readonly #progress = new ImageProgress();
  readonly #rate = new TransferRate();
  readonly #audience: ProgressAudience;
  readonly #name: string;
  readonly #onBegin: (() => void) | undefined;
  #show: ((event: ProgressEvent) => void) | undefined;
  #live: LiveLines | undefined;
  #json: JsonProgress | undefined;
  readonly #failure = new AbortController();
  /** What takes the events. */
  readonly listener: ProgressListener = (event) => this.#take(event);

  /**
   * @param name The image as the user wrote it.
   * @param audience Who looks.
   * @param onBegin Called before anything is shown.
   */
  constructor(name: string, audience: ProgressAudience, onBegin?: () => void) {
    this.#name = name;
    this.#audience = audience;
    this.#onBegin = onBegin;
  }

  /** Aborts when a program that looks on has gone: nothing has to be brought for it any more. */
  get signal(): AbortSignal {
    return this.#failure.signal;
  }

  /** What is known so far. */
  get progress(): ImageProgress {
    return this.#progress;
  }

  /** How it ended, in a line without the image's name; `undefined` if nothing had to be done. */
  get summary(): string | undefined {
    const { reference, unpack } = this.#progress;
    return reference === undefined && unpack === undefined ? undefined : summaryOf(this.#progress);
  }

  /** Draws the first line of a display on a terminal, for something that may take a while to begin. */
  start(): void {
    if (this.#audience === "people" && LiveLines.areShown) this.#begin();
  }

  /** Leaves the terminal as it was. */
  clear(): void {
    this.#live?.clear();
    this.#json?.[Symbol.dispose]();
  }

  /** Leaves the terminal as it was, and says how it ended if something had to be done. */
  finish(): void {
    this.clear();
    if (this.summary === undefined || this.#audience !== "people") return;
    print(`${printable(this.#progress.reference ?? this.#name)}  ${this.summary}\n`, Deno.stderr);
  }

  /** Leaves the terminal as it was, and says what is left of the work if somebody has interrupted it. */
  fail(error: unknown): void {
    this.clear();
    const isInterrupted = error instanceof CommandFailure && error.message === "";
    if (!isInterrupted || this.#progress.fetched + this.#progress.resumed === 0) return;
    print("Interrupted. The same command goes on with what has arrived.\n", Deno.stderr);
  }

  /** The same as {@linkcode ProgressDisplay.clear}. */
  [Symbol.dispose](): void {
    this.clear();
  }

  #take(event: ProgressEvent): void {
    this.#progress.add(event);
    if (event.type === "blob") this.#rate.update(this.#progress.fetched);
    if (this.signal.aborted) return;
    try {
      this.#show ??= this.#begin();
      this.#show(event);
    } catch {
      // People who have gone may still want the image.
      this.#show = () => {};
    }
  }

  #begin(): (event: ProgressEvent) => void {
    this.#onBegin?.();
    if (this.#audience === "nobody") return () => {};
    if (this.#audience === "program") {
      const json = this.#json = new JsonProgress({
        onFailure: (error) => this.#failure.abort(error),
      });
      return (event) => json.show(event);
    }
    if (LiveLines.areShown) {
      this.#live ??= new LiveLines((columns) =>
        progressLines(this.#progress, this.#speed(), { name: this.#name, columns })
      );
      this.#live.start();
      return () => {};
    }
    const plain = new PlainProgress(this.#progress, this.#rate);
    return (event) => plain.show(event);
  }

  #speed() {
    const { size, downloaded } = this.#progress;
    return {
      perSecond: this.#rate.perSecond,
      timeLeft: this.#rate.timeFor(size - downloaded),
    };
  }
}
