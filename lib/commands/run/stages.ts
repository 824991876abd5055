import type { GuestStage } from "../../guest/mod.ts";
import { StatusLine, type Timing, Timings } from "../../ui/mod.ts";

const PREPARED = "being prepared";

/** The stages of a run as `--timing` names them, in their order, and what is said of a guest in each. */
const DOING = {
  "resolve": PREPARED,
  "extract": PREPARED,
  "clone": PREPARED,
  "firmware and kernel": "starting its kernel",
  "initramfs": "in its initramfs",
  "userspace": "starting its services",
  "command": "running the command",
} as const;

/** A stage of a run. */
export type Stage = keyof typeof DOING;

/** The stages that a guest tells of; that its services are ready begins none. */
const OF_GUEST: Readonly<Partial<Record<GuestStage, Stage>>> = {
  initramfs: "initramfs",
  userspace: "userspace",
  command: "command",
};

/** Where a run is: for the status line meanwhile, for `--timing` afterwards, and for a message that says when it failed. */
export class Stages implements Disposable {
  readonly #image: string;
  readonly #isShown: boolean;
  readonly #timings = new Timings();
  readonly #status = new StatusLine();
  #current: Stage = "resolve";

  /** The stages of a run of `image`; the status line shows them where `isShown`, up to the command. */
  constructor(image: string, isShown: boolean) {
    this.#image = image;
    this.#isShown = isShown;
  }

  /** Begins a stage and ends the one before: now, or at a time in milliseconds from the start of the process. */
  enter(stage: Stage, at?: number): void {
    this.#current = stage;
    this.#timings.begin(stage, at);
    if (this.#isShown && stage !== "command") this.#status.show(`${this.#image}: ${stage}`);
    else this.#status.clear();
  }

  /** Begins the stage that a guest says it has reached, or ends the last one, at the time that it says. */
  enterGuestStage(reached: GuestStage, at: number): void {
    const stage = OF_GUEST[reached];
    if (stage !== undefined) this.enter(stage, at);
    else if (reached === "end") this.end();
  }

  /** What the guest is doing: `in its initramfs`. */
  get doing(): string {
    return DOING[this.#current];
  }

  /** Ends the last stage. A second call does nothing. */
  end(): void {
    this.#status.clear();
    this.#timings.end();
  }

  /** How long each stage took, as far as it has come. */
  get timings(): readonly Timing[] {
    return this.#timings.list();
  }

  /** Takes the status line away. */
  [Symbol.dispose](): void {
    this.#status.clear();
  }
}
