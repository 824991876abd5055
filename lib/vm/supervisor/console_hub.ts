import { reasonOf } from "../../error/mod.ts";
import { Tail } from "../../host/mod.ts";
import type { Channel } from "../machine.ts";
import { ConsoleFile } from "./console_file.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How much of the console's end is kept in memory, in bytes: what is left if the disk is full. */
const TAIL_SIZE = 64 * 1024;

/** How far a guest may be ahead of who it waits for, in bytes. */
const AHEAD = 256 * 1024;

/** What a {@linkcode ConsoleHub} does besides. */
export interface ConsoleHubOptions {
  /** The file that takes all that the guest shows. */
  readonly path: string;
  /** How many bytes the file has at most. */
  readonly maxSize?: number | undefined;
  /** Called with all that the guest shows. What it throws ends {@linkcode ConsoleHub.ended}. */
  readonly onBytes?: ((bytes: Bytes) => void) | undefined;
  /** Called if the file cannot be written: a sentence. */
  readonly onProblem?: ((problem: string) => void) | undefined;
}

/**
 * Reads a guest's console, whether anybody watches or not: the guest waits for nobody but a watcher that is to see
 * everything. Each watcher has a place of its own in
 * what was shown; one that falls back too far goes on where there still is something.
 */
export class ConsoleHub {
  /** Settles when nothing more comes; rejects with what `onBytes` throws. */
  readonly ended: Promise<void>;
  readonly #options: ConsoleHubOptions;
  readonly #writer: WritableStreamDefaultWriter<Bytes>;
  readonly #tail = new Tail(TAIL_SIZE);
  #file: ConsoleFile | undefined;
  /** The place behind the last byte. */
  #end = 0;
  #isOver = false;
  #awaited: ConsoleWatcher | undefined;
  #news = Promise.withResolvers<void>();

  /**
   * Takes over a console.
   *
   * @param console The console.
   * @param options Where it is kept.
   */
  constructor(console: Channel, options: ConsoleHubOptions) {
    this.#options = options;
    this.#writer = console.writable.getWriter();
    this.#writer.closed.catch(() => {});
    try {
      this.#file = ConsoleFile.open(options.path, options.maxSize);
      this.#end = this.#file.end;
    } catch (error) {
      this.#complain(error);
    }
    this.ended = this.#readAll(console.readable);
    this.ended.catch(() => {});
  }

  /** The last bytes that were shown. The next ones change them. */
  get tail(): Bytes {
    return this.#tail.bytes;
  }

  /**
   * Begins to watch.
   *
   * @param replay How many bytes of the past come first.
   * @returns The watcher.
   */
  watch(replay = 0): ConsoleWatcher {
    return new ConsoleWatcher(this, Math.max(this.start, this.#end - replay));
  }

  /** Types something. */
  async type(bytes: Bytes): Promise<void> {
    await this.#writer.write(bytes);
  }

  /** The console as a channel of its own, from now on. The guest waits until everything is read. */
  awaitedChannel(): Channel {
    const watcher = this.watch();
    this.#awaited = watcher;
    return this.#channel(watcher);
  }

  /** The console as a channel of its own, from now on. */
  channel(replay = 0): Channel {
    return this.#channel(this.watch(replay));
  }

  #channel(watcher: ConsoleWatcher): Channel {
    return {
      readable: new ReadableStream({
        pull: async (controller) => {
          const bytes = await watcher.read(TAIL_SIZE);
          if (bytes === undefined) controller.close();
          else controller.enqueue(bytes);
        },
        cancel: () => watcher[Symbol.dispose](),
      }, { highWaterMark: 0 }),
      writable: new WritableStream({ write: (bytes) => this.type(bytes) }),
    };
  }

  /** The first place that can still be read. */
  get start(): number {
    return this.#file?.start ?? this.#end - this.#tail.bytes.length;
  }

  /** The place behind the last byte. */
  get end(): number {
    return this.#end;
  }

  /** Whether nothing more comes. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Settles when there is more to read, or never will be. */
  get news(): Promise<void> {
    return this.#news.promise;
  }

  /** Reads at most so many bytes from a place between start and end. */
  read(place: number, limit: number): Bytes {
    const tail = this.#tail.bytes;
    const inTail = place - (this.#end - tail.length);
    if (inTail >= 0) return tail.slice(inTail, inTail + limit);
    const buffer = new Uint8Array(Math.min(limit, this.#end - place));
    return buffer.subarray(0, this.#file?.read(place, buffer) ?? 0);
  }

  /** Closes the file. Nobody watches any more. */
  close(): void {
    this.#file?.[Symbol.dispose]();
    this.#file = undefined;
    this.#isOver = true;
    this.wake();
  }

  async #readAll(readable: ReadableStream<Bytes>): Promise<void> {
    try {
      for await (const bytes of readable) {
        this.#take(bytes);
        this.#options.onBytes?.(bytes);
        await this.#awaited?.reach(this.#end - AHEAD);
      }
    } finally {
      this.#isOver = true;
      this.wake();
    }
  }

  #take(bytes: Bytes): void {
    this.#tail.push(bytes);
    this.#end += bytes.length;
    try {
      this.#file?.write(bytes);
    } catch (error) {
      this.#file?.[Symbol.dispose]();
      this.#file = undefined;
      this.#complain(error);
    }
    this.wake();
  }

  /** Lets all watchers look again. */
  wake(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  #complain(error: unknown): void {
    this.#options.onProblem?.(`The console is no longer kept: ${reasonOf(error)}`);
  }
}

/** One of any number of watchers of a console. */
export class ConsoleWatcher implements Disposable {
  readonly #hub: ConsoleHub;
  #place: number;
  #isGone = false;
  #moved = Promise.withResolvers<void>();

  /** Begins at a place. */
  constructor(hub: ConsoleHub, place: number) {
    this.#hub = hub;
    this.#place = place;
  }

  /**
   * Waits for what is shown next. Who asks late gets it late; if it is gone by then, a line says so.
   *
   * @param limit How many bytes to give at most, unless it is that line.
   * @returns At least one byte; `undefined` when nothing more comes.
   */
  async read(limit: number): Promise<Bytes | undefined> {
    for (;;) {
      const { start, end, isOver, news } = this.#hub;
      if (this.#isGone) return undefined;
      if (this.#place < start) {
        const lost = start - this.#place;
        this.#place = start;
        return new TextEncoder().encode(`\r\n[${lost} bytes of the console are lost here]\r\n`);
      }
      if (this.#place < end) {
        const bytes = this.#hub.read(this.#place, limit);
        if (bytes.length > 0) {
          this.#place += bytes.length;
          this.#tellMoved();
          return bytes;
        }
      }
      if (isOver) return undefined;
      await news;
    }
  }

  /** Settles when everything before a place was read, or nobody watches any more. */
  async reach(place: number): Promise<void> {
    while (this.#place < place && !this.#isGone) await this.#moved.promise;
  }

  /** Watches no longer. */
  [Symbol.dispose](): void {
    this.#isGone = true;
    this.#tellMoved();
    this.#hub.wake();
  }

  #tellMoved(): void {
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
  }
}
