import type { ProgressEvent } from "../../store/mod.ts";
import { formatSize, print, printable, type SyncWriter, type TransferRate } from "../../ui/mod.ts";
import { shortDigest, speedFacts } from "./format_progress.ts";
import { type ImageProgress, isThere } from "./image_progress.ts";

/** In a log, one line in this time says enough. */
const INTERVAL_MS = 10_000;

/** Tells how far an image has come where lines stay: in a log, a pipe, a terminal for plain text. */
export class PlainProgress {
  readonly #progress: ImageProgress;
  readonly #rate: TransferRate;
  readonly #target: SyncWriter;
  readonly #now: () => number;
  readonly #said = new Set<string>();
  #last: number;

  constructor(
    progress: ImageProgress,
    rate: TransferRate,
    { target = Deno.stderr, now = () => performance.now() }: {
      readonly target?: SyncWriter;
      readonly now?: () => number;
    } = {},
  ) {
    this.#progress = progress;
    this.#rate = rate;
    this.#target = target;
    this.#now = now;
    this.#last = now();
  }

  /** Says what is new about the image after an event. */
  show(event: ProgressEvent): void {
    const { size, layers, downloaded } = this.#progress;
    if (event.type === "resolved") {
      const count = `${layers} ${layers === 1 ? "layer" : "layers"}`;
      return this.#say(`${event.reference}: ${formatSize(size)} in ${count}`);
    }
    if (event.type === "blob") {
      const line = blobLine(event);
      if (line !== undefined) return this.#sayOnce(`${shortDigest(event.digest)}: ${line}`);
      const speed = speedFacts(this.#rate.perSecond, this.#rate.timeFor(size - downloaded));
      return this.#sayNowAndThen(
        [`${formatSize(downloaded)} of ${formatSize(size)}`, ...speed].join(", "),
      );
    }
    if (event.state === "waiting") return this.#sayOnce("another snapvm unpacks it");
    if (event.state !== "unpacking") return;
    this.#sayOnce("unpacking");
    if (this.#progress.isDownloaded) {
      this.#sayNowAndThen(`unpacking: ${formatSize(event.done)} of ${formatSize(event.size)}`);
    }
  }

  #say(line: string): void {
    this.#last = this.#now();
    print(`${printable(line)}\n`, this.#target);
  }

  #sayOnce(line: string): void {
    if (this.#said.has(line)) return;
    this.#said.add(line);
    this.#say(line);
  }

  #sayNowAndThen(line: string): void {
    if (this.#now() - this.#last >= INTERVAL_MS) this.#say(line);
  }
}

/** What is worth a line about a blob; `undefined` while it just grows. */
function blobLine(blob: Extract<ProgressEvent, { type: "blob" }>): string | undefined {
  if (blob.state === "present") return "there already";
  if (blob.state === "waiting") return "another snapvm brings it";
  if (isThere(blob)) return `${formatSize(blob.size)}, complete`;
  return blob.resumedAt ? `resumed at ${formatSize(blob.resumedAt)}` : undefined;
}
