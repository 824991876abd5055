import { inPieces } from "./in_pieces.ts";
import { LayerFault } from "./layer_fault.ts";
import type { Compression } from "./decompress.ts";
import type { LayerRule } from "./layer_rule.ts";
import { Semaphore } from "./semaphore.ts";
import { MAX_WAITING, type UnpackingAnswer, type UnpackingOrder } from "./unpacking_protocol.ts";

type Piece = Uint8Array<ArrayBuffer>;

/** A thread that unpacks one layer after the other. Node's zlib does its work in the thread that calls it. */
export class UnpackingThread {
  readonly #worker = new Worker(import.meta.resolve("./unpacking_worker.ts"), { type: "module" });
  #fail: ((cause: unknown) => void) | undefined;

  /** Starts it. */
  constructor() {
    this.#worker.onerror = (event) => {
      // Otherwise it would end this thread too.
      event.preventDefault();
      this.#fail?.(event.error ?? event.message);
    };
  }

  /**
   * Unpacks ahead of the reader by some MiB.
   *
   * @param input The compressed bytes.
   * @param compression How they are compressed.
   * @param signal Ends the unpacking with its reason; the thread cannot be used again then.
   * @returns Pieces whose memory is theirs alone.
   * @throws {LayerFault} If the input is damaged or cut short; whatever the input throws.
   */
  async *decompress(
    input: AsyncIterable<Piece>,
    compression: Exclude<Compression, "none">,
    signal: AbortSignal,
  ): AsyncGenerator<Piece, void> {
    signal.throwIfAborted();
    const { port1: port, port2 } = new MessageChannel();
    const answers: UnpackingAnswer[] = [];
    const answerCount = new Semaphore(0);
    const inputRoom = new Semaphore(MAX_WAITING);
    let failure: { readonly error: unknown } | undefined;
    let isOver = false;
    const fail = (error: unknown) => {
      failure ??= { error };
      isOver = true;
      inputRoom.leave();
      answerCount.leave();
    };
    const onAbort = () => fail(signal.reason);
    signal.addEventListener("abort", onAbort);
    this.#fail = (cause) =>
      fail(
        new LayerFault(
          `${compression}-damaged`,
          `its ${compression} data is damaged`,
          undefined,
          cause,
        ),
      );
    port.onmessage = ({ data }: MessageEvent<UnpackingAnswer>) => {
      if (data === "more") return inputRoom.leave();
      answers.push(data);
      answerCount.leave();
    };
    this.#worker.postMessage(compression, [port2]);
    const order = (message: UnpackingOrder, transfer: Transferable[] = []) =>
      port.postMessage(message, transfer);
    const feed = async () => {
      for await (const piece of inPieces(input)) {
        await inputRoom.enter();
        if (isOver) return;
        order(piece, [piece.buffer]);
      }
      order(null);
    };
    const feeding = feed().catch(fail);
    try {
      for (;;) {
        await answerCount.enter();
        if (failure !== undefined) throw failure.error;
        const answer = answers.shift()!;
        if (answer === null) return;
        if (answer === "more") continue;
        if (!(answer instanceof Uint8Array)) {
          throw new LayerFault(answer.rule as LayerRule, answer.reason);
        }
        order("taken");
        yield answer;
      }
    } finally {
      isOver = true;
      inputRoom.leave();
      signal.removeEventListener("abort", onAbort);
      await feeding;
      port.close();
      this.#fail = undefined;
    }
  }

  /** Ends the thread. */
  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}
