import { reasonOf } from "../../error/mod.ts";
import { join } from "../../host/mod.ts";
import { type MachineStatus, STATUS_FILE, writeJsonFile } from "../../machines/mod.ts";

/** A guest that tells of something all the time must not keep the disk busy: at most ten times in a second. */
const PAUSE_MS = 100;

/** Keeps what is said of a machine: in its folder, and for whoever follows it. */
export class StatusKeeper {
  readonly #path: string;
  readonly #onProblem: (problem: string) => void;
  readonly #followers = new Set<(status: MachineStatus) => void>();
  #status: MachineStatus;
  #written = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Begins with a first status, and writes it.
   *
   * @param folder The machine's folder.
   * @param status The first status.
   * @param onProblem Called if the file cannot be written: a sentence.
   */
  constructor(folder: string, status: MachineStatus, onProblem: (problem: string) => void) {
    this.#path = join(folder, STATUS_FILE);
    this.#status = status;
    this.#onProblem = onProblem;
    this.#write();
  }

  /** What is said of the machine now. */
  get status(): MachineStatus {
    return this.#status;
  }

  /** Changes what is said, and tells the followers. */
  change(changes: Partial<MachineStatus>): void {
    this.#status = { ...this.#status, ...changes };
    for (const follower of this.#followers) follower(this.#status);
    if (this.#timer !== undefined) return;
    const wait = this.#written + PAUSE_MS - performance.now();
    if (wait <= 0) return this.#write();
    this.#timer = setTimeout(() => this.#write(), wait);
  }

  /** Calls a follower after each change, until the result is disposed of. */
  follow(follower: (status: MachineStatus) => void): Disposable {
    this.#followers.add(follower);
    return { [Symbol.dispose]: () => void this.#followers.delete(follower) };
  }

  /** Writes what is not written yet. */
  flush(): void {
    if (this.#timer !== undefined) this.#write();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#written = performance.now();
    try {
      writeJsonFile(this.#path, this.#status);
    } catch (error) {
      // A full disk does not end the machine; who asks the supervisor itself is told the truth.
      this.#onProblem(`The machine's status cannot be written: ${reasonOf(error)}`);
    }
  }
}
