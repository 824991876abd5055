import { withDeadline } from "../../host/mod.ts";
import { checkLayerType } from "./check_layer_type.ts";
import { compressionOf, decompress } from "./decompress.ts";
import { freeMemory } from "./free_memory.ts";
import { LayerFault } from "./layer_fault.ts";
import type { LayerInput } from "./layer_input.ts";
import type { UnpackingThreads } from "./unpacking_threads.ts";
import { type RunningDigest, runningDigest, verifiedBlob } from "./verified_blob.ts";

type Piece = Uint8Array<ArrayBuffer>;

/** How long to wait for an input to close: it may be waiting for the network. */
const CLOSING_TIME = 1000;
/** Below, another thread takes longer to start than to unpack. */
const MIN_THREAD_SIZE = 1 << 22;
/** As many bytes of a blob as show how it is compressed. */
const MAGIC_SIZE = 4;

/** Options for {@linkcode OpenedLayer}. */
export interface OpenedLayerOptions {
  /** Ends the reading with its reason. */
  readonly signal: AbortSignal;
  /** The largest archive that is read, in bytes. */
  readonly maxSize: number;
  /** Where to unpack. */
  readonly threads: UnpackingThreads;
  /** Is told how many more bytes of the blob were read. */
  readonly onBytes: (count: number) => void;
}

/** A layer's archive while it is read. The archive ends with an error if blob or archive are not what they should be. */
export class OpenedLayer {
  readonly #layer: LayerInput;
  readonly #options: OpenedLayerOptions;
  readonly #blob: AsyncGenerator<Piece, void>;
  /** Of the archive; none if it is the blob. */
  #diff: RunningDigest | undefined;
  #isThreaded = false;
  readonly #archive: AsyncGenerator<Piece, void>;
  #first: Promise<IteratorResult<Piece, void>> | undefined;

  /**
   * Opens a layer. Nothing is read yet.
   *
   * @throws {SnapvmError} `unsupported-layer`, `invalid-digest`
   */
  constructor(layer: LayerInput, options: OpenedLayerOptions) {
    checkLayerType(layer.descriptor);
    this.#layer = layer;
    this.#options = options;
    this.#diff = runningDigest(layer.diffId);
    this.#blob = verifiedBlob(untilAborted(layer, options), layer.descriptor);
    this.#archive = this.#read();
  }

  /** Begins to unpack: some MiB, which wait to be read. */
  begin(): void {
    this.#first = this.#archive.next();
    this.#first.catch(() => {});
  }

  /**
   * The archive.
   *
   * @throws {SnapvmError} `corrupt-blob` if size or digest of the blob are wrong.
   * @throws {LayerFault} If it cannot be unpacked, or is not the archive that the image says.
   */
  async *archive(): AsyncGenerator<Piece, void> {
    const first = await (this.#first ?? this.#archive.next());
    if (first.done === true) return;
    yield first.value;
    yield* this.#archive;
  }

  /**
   * Reads the rest of the blob, to find out whether a fault is the image's own or its bytes are damaged.
   *
   * @throws {SnapvmError} `corrupt-blob`
   */
  async verify(): Promise<void> {
    await this.#archive.return();
    for await (const _ of this.#blob);
  }

  /** Ends the reading. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#first?.catch(() => {});
    await this.#archive.return();
    await this.#blob.return();
  }

  async *#read(): AsyncGenerator<Piece, void> {
    const { maxSize } = this.#options;
    let size = 0;
    for await (const piece of await this.#unpack()) {
      size += piece.length;
      if (size > maxSize) {
        throw new LayerFault("too-large", `its archive is larger than ${maxSize} bytes`);
      }
      this.#diff?.update(piece);
      yield piece;
      if (this.#isThreaded) freeMemory(piece);
    }
    const actual = this.#diff?.digest() ?? this.#layer.descriptor.digest;
    if (actual !== this.#layer.diffId) {
      throw new LayerFault(
        "diff-id",
        `its archive has the digest ${actual}, and the image says ${this.#layer.diffId}`,
      );
    }
  }

  async #unpack(): Promise<AsyncIterable<Piece>> {
    const { signal, threads } = this.#options;
    const { digest, size } = this.#layer.descriptor;
    const start: Piece[] = [];
    let length = 0;
    while (length < MAGIC_SIZE) {
      const { done, value } = await this.#blob.next();
      if (done === true) break;
      start.push(value);
      length += value.length;
    }
    const magic = start.flatMap((piece) => [...piece.subarray(0, MAGIC_SIZE)]);
    const compression = compressionOf(Uint8Array.from(magic));
    const whole = withStart(start, this.#blob);
    if (compression === "none") {
      // The blob's digest is the archive's.
      if (digest.split(":")[0] === this.#layer.diffId.split(":")[0]) this.#diff = undefined;
      return whole;
    }
    this.#isThreaded = size >= MIN_THREAD_SIZE;
    return this.#isThreaded
      ? threads.decompress(whole, compression, signal)
      : decompress(whole, compression, signal);
  }
}

async function* withStart(
  start: readonly Piece[],
  blob: AsyncGenerator<Piece, void>,
): AsyncGenerator<Piece, void> {
  yield* start;
  for (;;) {
    const { done, value } = await blob.next();
    if (done === true) return;
    yield value;
  }
}

async function* untilAborted(
  layer: LayerInput,
  { signal, onBytes }: OpenedLayerOptions,
): AsyncGenerator<Piece, void> {
  signal.throwIfAborted();
  const iterator = layer.open()[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const { done, value } = await withDeadline(iterator.next(), { signal });
      if (done === true) break;
      onBytes(value.length);
      yield value;
    }
    isOver = true;
  } finally {
    if (!isOver && iterator.return !== undefined) {
      const limit = { milliseconds: CLOSING_TIME, error: () => new Error("late") };
      await withDeadline(iterator.return(), { limit }).catch(() => {});
    }
  }
}
