import { describeStage, type LaunchStage } from "../../launch/mod.ts";
import { StatusLine, type Timing, Timings } from "../../ui/mod.ts";

/** How far a run has come: for the status line, for `--timing`, and to say when it failed. */
export class Stages implements Disposable {
  readonly #image: string;
  readonly #isShown: boolean;
  readonly #timings = new Timings();
  readonly #status = new StatusLine();
  #current: LaunchStage = "resolve";

  /** The stages of a run of `image`; the status line shows them if `isShown`, up to the command. */
  constructor(image: string, isShown: boolean) {
    this.#image = image;
    this.#isShown = isShown;
  }

  /** Begins a stage and ends the one before: now, or at a time in milliseconds from the start of the process. */
  enter(stage: LaunchStage, at?: number): void {
    this.#current = stage;
    this.#timings.begin(stage, at);
    if (this.#isShown && stage !== "pull" && stage !== "command") {
      this.#status.show(`${this.#image}: ${stage}`);
    } else this.#status.clear();
  }

  /** Takes the status line away for something that prints. The next stage shows it again. */
  interrupt(print: () => void): void {
    this.#status.clear();
    print();
  }

  /** What the guest is doing: `in its initramfs`. */
  get doing(): string {
    return describeStage(this.#current);
  }

  /** Ends the last stage. A second call does nothing. */
  end(): void {
    this.#status.clear();
    this.#timings.end();
  }

  /** How long each stage took so far. */
  get timings(): readonly Timing[] {
    return this.#timings.list();
  }

  /** Removes the status line. */
  [Symbol.dispose](): void {
    this.#status.clear();
  }
}
