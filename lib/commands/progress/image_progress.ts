import type { ProgressEvent } from "../../store/mod.ts";

/** A blob on its way. */
export interface BlobProgress {
  readonly digest: string;
  /** Its size in bytes. */
  readonly size: number;
  /** How many of them are there. */
  readonly done: number;
  /** As in `ProgressEvent`. */
  readonly state: "waiting" | "arriving" | "present" | "complete";
  /** How many of the bytes an earlier attempt had left. */
  readonly resumedAt?: number;
}

/** The snapshot on its way. */
export interface UnpackProgress {
  /** The compressed bytes of all layers. */
  readonly size: number;
  /** How many of them have been unpacked. */
  readonly done: number;
  readonly entries: number;
  readonly state: "waiting" | "unpacking" | "present" | "complete";
}

/** All that events have told about an image that is brought into the store. */
export class ImageProgress {
  readonly #now: () => number;
  readonly #blobs = new Map<string, BlobProgress>();
  #unpackBegun: number | undefined;
  #unpackEnded: number | undefined;
  /** The full reference; `undefined` as long as the image's documents are not read. */
  reference: string | undefined;
  /** How many layers the image has. */
  layers = 0;
  /** The size of the layers, compressed. */
  size = 0;
  /** The snapshot, once somebody makes it. */
  unpack: UnpackProgress | undefined;

  /** `now` returns milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Takes the next event. */
  add(event: ProgressEvent): void {
    switch (event.type) {
      case "resolved":
        this.reference = event.reference;
        this.layers = event.layers;
        this.size = event.size;
        break;
      case "blob": {
        // Where it was resumed is said once.
        const resumedAt = event.resumedAt ?? this.#blobs.get(event.digest)?.resumedAt;
        this.#blobs.set(event.digest, { ...event, ...resumedAt !== undefined && { resumedAt } });
        break;
      }
      case "unpack":
        this.unpack = event;
        if (event.state === "unpacking") this.#unpackBegun ??= this.#now();
        if (event.state === "complete") this.#unpackEnded ??= this.#now();
    }
  }

  /** The blobs, in the order in which they began. */
  get blobs(): readonly BlobProgress[] {
    return [...this.#blobs.values()];
  }

  /** How many bytes of the layers are there. */
  get downloaded(): number {
    const done = this.blobs.reduce((sum, blob) => sum + doneOf(blob), 0);
    // The documents are blobs too, but not counted in the size.
    return Math.min(done, this.size);
  }

  /** How many bytes came in this attempt. */
  get fetched(): number {
    return this.blobs.filter(({ state }) => state !== "present")
      .reduce((sum, { done, resumedAt = 0 }) => sum + Math.max(0, done - resumedAt), 0);
  }

  /** How many bytes an earlier attempt had left. */
  get resumed(): number {
    return this.blobs.reduce((sum, { resumedAt = 0 }) => sum + resumedAt, 0);
  }

  /** Whether every layer is there. */
  get isDownloaded(): boolean {
    return this.reference !== undefined && this.downloaded >= this.size &&
      this.blobs.every(isThere);
  }

  /** How long unpacking took, in milliseconds; `undefined` if it was not done here, or goes on. */
  get unpackTime(): number | undefined {
    return this.#unpackBegun === undefined || this.#unpackEnded === undefined
      ? undefined
      : this.#unpackEnded - this.#unpackBegun;
  }
}

/** Whether a blob is there and verified. */
export function isThere({ state }: BlobProgress): boolean {
  return state === "present" || state === "complete";
}

function doneOf(blob: BlobProgress): number {
  return isThere(blob) ? blob.size : blob.done;
}
