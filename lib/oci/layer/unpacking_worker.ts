/**
 * Another thread's part of `UnpackingThread`. It is sent a port for each layer.
 *
 * @module
 */
import { type Compression, decompress } from "./decompress.ts";
import { freeMemory } from "./free_memory.ts";
import { LayerFault } from "./layer_fault.ts";
import { Semaphore } from "./semaphore.ts";
import { MAX_WAITING, type UnpackingAnswer, type UnpackingOrder } from "./unpacking_protocol.ts";

type Piece = Uint8Array<ArrayBuffer>;

globalThis.addEventListener("message", (event) => {
  const { data, ports: [port] } = event as MessageEvent<Exclude<Compression, "none">>;
  void unpack(port!, data);
});

async function unpack(port: MessagePort, compression: Exclude<Compression, "none">): Promise<void> {
  const inputs: (Piece | null)[] = [];
  const inputCount = new Semaphore(0);
  const outputRoom = new Semaphore(MAX_WAITING);
  port.onmessage = ({ data }: MessageEvent<UnpackingOrder>) => {
    if (data === "taken") return outputRoom.leave();
    inputs.push(data);
    inputCount.leave();
  };
  const answer = (message: UnpackingAnswer, transfer: Transferable[] = []) =>
    port.postMessage(message, transfer);
  async function* input(): AsyncGenerator<Piece, void> {
    for (;;) {
      await inputCount.enter();
      const next = inputs.shift()!;
      if (next === null) return;
      yield next;
      freeMemory(next);
      answer("more");
    }
  }
  // An error that Deno's zstd throws outside of its stream: nothing else happens in this thread.
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    answer({ rule: `${compression}-damaged`, reason: `its ${compression} data is damaged` });
  };
  globalThis.addEventListener("error", onError);
  const never = new AbortController().signal;
  try {
    for await (const piece of decompress(input(), compression, never, true)) {
      await outputRoom.enter();
      const { buffer } = piece;
      if (piece.length === buffer.byteLength) {
        answer(piece, [buffer]);
      } else {
        // The rest of a buffer that is not full is still to be filled.
        const own = new Uint8Array(piece);
        if (piece.byteOffset + piece.length === buffer.byteLength) freeMemory(piece);
        answer(own, [own.buffer]);
      }
    }
    answer(null);
  } catch (error) {
    if (!(error instanceof LayerFault)) throw error;
    answer({ rule: error.rule, reason: error.message });
  } finally {
    globalThis.removeEventListener("error", onError);
  }
}
