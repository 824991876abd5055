import { formatDuration } from "./duration.ts";

/** The time of one stage. */
export interface Timing {
  /** The name of the stage: `extract`, `initramfs`, … */
  readonly stage: string;
  /** When it began, in milliseconds since the start of the process. */
  readonly start: number;
  /** How long it took, in milliseconds. */
  readonly duration: number;
}

/** Measures stages that follow one another. */
export class Timings {
  #stages: { stage: string; start: number }[] = [];
  #end: number | undefined;
  #now: () => number;

  /** `now` returns milliseconds since the start of the process. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Ends the stage before and begins the next one, now or at a more exact time. */
  begin(stage: string, at: number = this.#now()): void {
    this.#stages.push({ stage, start: Math.max(at, this.#stages.at(-1)?.start ?? at) });
  }

  /** Ends the last stage. Later time does not count, and a second call does nothing. */
  end(): void {
    this.#end ??= this.#now();
  }

  /** The stages so far, in order. */
  list(): Timing[] {
    const end = this.#end ?? this.#now();
    return this.#stages.map(({ stage, start }, index) => ({
      stage,
      start,
      duration: (this.#stages[index + 1]?.start ?? end) - start,
    }));
  }
}

/** Formats timings as a bar chart: each bar begins when its stage began. `width` is in columns. */
export function formatTimings(timings: readonly Timing[], width = 80): string {
  const last = timings.at(-1);
  if (last === undefined) return "";
  const total = last.start + last.duration;
  const names = Math.max(...timings.map(({ stage }) => stage.length), "total".length);
  const numbers = Math.max(...timings.map(({ duration }) => formatDuration(duration).length));
  const room = Math.max(10, width - names - numbers - 4);
  const column = (time: number) => Math.round((time / total) * room);
  const lines = timings.map(({ stage, start, duration }) => {
    const from = Math.min(column(start), room - 1);
    const bar = "█".repeat(Math.max(1, column(start + duration) - from));
    return `${stage.padEnd(names)}  ${formatDuration(duration).padStart(numbers)}  ${
      " ".repeat(from)
    }${bar}`;
  });
  lines.push(`${"total".padEnd(names)}  ${formatDuration(total).padStart(numbers)}`);
  return lines.join("\n") + "\n";
}
