import type { Bytes } from "../protocol/bytes.ts";
import type { GuestOutput } from "./guest_output.ts";
import { INITIAL_CREDIT } from "../protocol/frame.ts";

/** How much may be on its way to a reader that keeps up. */
const MAX_WINDOW = 1024 * 1024;

/** A payload smaller than this is copied, so that it does not keep all that came with it. */
const SMALL = 4096;

/** What small payloads are gathered in while nobody reads. */
const BLOCK_SIZE = 16 * 1024;

/** What an {@linkcode OutputChannel} does besides being read. */
export interface OutputChannelOptions {
  /** Grants the guest so many bytes more. */
  readonly grant: (size: number) => void;
  /** Called when nobody will read any more. */
  readonly onCancel: () => void;
  /** Whether each payload is a message of its own, which is not joined with others. */
  readonly isMessages: boolean;
}

/** What is kept, with the room behind it if it may grow. */
interface Block {
  bytes: Bytes;
  length: number;
}

/**
 * A channel from the guest. The guest may send as much as was granted; more is granted as it is
 * read, and the more the longer it is.
 */
export class OutputChannel implements GuestOutput {
  #readable: ReadableStream<Bytes> | undefined;
  readonly #options: OutputChannelOptions;
  readonly #blocks: Block[] = [];
  /** How much is kept, and how much of what was granted has not come yet. */
  #kept = 0;
  #outstanding = INITIAL_CREDIT;
  #window = INITIAL_CREDIT;
  #end: { readonly error?: Error } | undefined;
  #isCancelled = false;
  #wake: (() => void) | undefined;

  /** Begins with an open channel. */
  constructor(options: OutputChannelOptions) {
    this.#options = options;
  }

  /** What comes, as a stream. */
  get readable(): ReadableStream<Bytes> {
    return this.#readable ??= new ReadableStream<Bytes>({
      pull: async (controller) => {
        const bytes = await this.read();
        if (this.#isCancelled) return;
        if (bytes === undefined) controller.close();
        else controller.enqueue(bytes);
      },
      cancel: () => this.cancel(),
    }, { highWaterMark: 0 });
  }

  /**
   * Waits for what comes next. One reader can wait at a time.
   *
   * @returns The bytes; `undefined` at the end.
   * @throws The error that it ended with.
   */
  async read(): Promise<Bytes | undefined> {
    while (this.#blocks.length === 0 && this.#end === undefined && !this.#isCancelled) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    this.#wake = undefined;
    const block = this.#blocks.shift();
    if (block === undefined) {
      if (this.#end?.error !== undefined && !this.#isCancelled) throw this.#end.error;
      return undefined;
    }
    this.#kept -= block.length;
    if (this.#end === undefined) this.#grant();
    return block.bytes.subarray(0, block.length);
  }

  /** Reads no more: the guest is told, and what still comes is dropped. */
  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#blocks.length = 0;
    if (this.#end === undefined) this.#options.onCancel();
    this.#wake?.();
  }

  /** Takes what has come. */
  push(payload: Bytes): void {
    this.#outstanding -= payload.length;
    if (this.#isCancelled || this.#end !== undefined) return;
    this.#kept += payload.length;
    const last = this.#blocks.at(-1);
    if (payload.length >= SMALL) {
      this.#blocks.push({ bytes: payload, length: payload.length });
    } else if (this.#options.isMessages || last === undefined) {
      this.#blocks.push({ bytes: payload.slice(), length: payload.length });
    } else if (last.bytes.length - last.length >= payload.length) {
      last.bytes.set(payload, last.length);
      last.length += payload.length;
    } else {
      const bytes = new Uint8Array(BLOCK_SIZE);
      bytes.set(payload);
      this.#blocks.push({ bytes, length: payload.length });
    }
    this.#wake?.();
  }

  /** Ends it behind what has come. */
  end(error?: Error): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#wake?.();
  }

  #grant(): void {
    const missing = this.#window - this.#outstanding - this.#kept;
    if (missing < this.#window / 2) return;
    this.#window = Math.min(this.#window * 2, MAX_WINDOW);
    const size = this.#window - this.#outstanding - this.#kept;
    this.#outstanding += size;
    this.#options.grant(size);
  }
}
