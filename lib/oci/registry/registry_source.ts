import { hasCode } from "../../error/mod.ts";
import { parseDigest } from "../blob/digest.ts";
import { invalidDigest } from "../blob/invalid_digest.ts";
import type { Descriptor } from "../documents/descriptor.ts";
import { MAX_JSON_SIZE } from "../documents/json_value.ts";
import { formatReference, type Reference } from "../names/reference.ts";
import type { ImageSource, OpenBlobOptions, SourceDocument } from "../source/image_source.ts";
import { corruptBlob } from "../source/source_errors.ts";
import type { Repository } from "./repository.ts";
import { isTemporary, MAX_ATTEMPTS, retryDelay } from "./transport/retrying.ts";
import type { Runtime } from "./transport/runtime.ts";

/** A connection that brought so many bytes before it was lost was worth its while. */
const WORTHWHILE_SIZE = 256 * 1024;

/** What {@linkcode RegistrySource} works with. */
export interface RegistrySourceOptions {
  /** The reference as the user wrote it. */
  readonly name: string;
  /** The full reference. */
  readonly reference: Reference;
  /** The places to pull from, best first: each is opened when it is first needed. */
  readonly repositories: readonly ((signal: AbortSignal) => Promise<Repository>)[];
  readonly runtime: Runtime;
  /** Aborted when the source is disposed of. */
  readonly lifetime: AbortController;
  /** Closes all connections. */
  readonly close: () => void;
}

/** An image in a registry, or in its mirrors. */
export class RegistrySource implements ImageSource {
  readonly name: string;
  readonly reference: string;
  readonly #options: RegistrySourceOptions;
  /** The place that answered last: the others are asked if it fails. */
  #current = 0;

  constructor(options: RegistrySourceOptions) {
    this.#options = options;
    this.name = options.name;
    this.reference = formatReference(options.reference);
  }

  async root(signal?: AbortSignal): Promise<SourceDocument> {
    const { tag, digest } = this.#options.reference;
    const wanted = digest?.toLowerCase();
    return await this.#tryEach(
      this.#signal(signal),
      (repository, signal) =>
        repository.manifest(
          wanted ?? encodeURIComponent(tag ?? "latest"),
          wanted,
          signal,
        ),
    );
  }

  async document(descriptor: Descriptor, signal?: AbortSignal): Promise<SourceDocument> {
    requireSha256(descriptor);
    const { digest, size } = descriptor;
    if (size > MAX_JSON_SIZE) {
      throw corruptBlob(this.name, digest, `it is larger than ${MAX_JSON_SIZE} bytes`);
    }
    return await this.#tryEach(
      this.#signal(signal),
      (repository, signal) => repository.document(descriptor, signal),
    );
  }

  async *openBlob(
    descriptor: Descriptor,
    { offset = 0, signal: given }: OpenBlobOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    requireSha256(descriptor);
    const signal = this.#signal(given);
    const { runtime, repositories } = this.#options;
    const { size } = descriptor;
    let at = offset;
    let attempts = 0;
    const first = this.#current;
    let tried = 0;
    while (at < size) {
      signal.throwIfAborted();
      const start = at;
      const index = (first + tried) % repositories.length;
      try {
        const repository = await this.#open(index, signal);
        for await (const chunk of repository.blob(descriptor, at, signal)) {
          at += chunk.length;
          yield chunk;
        }
      } catch (error) {
        signal.throwIfAborted();
        // All is there, only the end of the answer is not.
        if (at === size && isTemporary(error)) return;
        if (at - start >= WORTHWHILE_SIZE) attempts = 0;
        attempts++;
        // A registry that had begun to answer and is gone may be starting again.
        const isWorthAnother = isTemporary(error) ||
          (at > offset && hasCode(error, "registry-unreachable"));
        if (isWorthAnother && attempts < MAX_ATTEMPTS) {
          await runtime.sleep(retryDelay(attempts, runtime), signal);
          continue;
        }
        attempts = 0;
        if (++tried === repositories.length) throw error;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.lifetime.abort(
      new DOMException(`The image ${this.name} has been closed`, "AbortError"),
    );
    await Promise.resolve();
    this.#options.close();
  }

  #signal(signal: AbortSignal | undefined): AbortSignal {
    const { lifetime } = this.#options;
    return signal === undefined ? lifetime.signal : AbortSignal.any([signal, lifetime.signal]);
  }

  /** Opens a repository: again, if that failed the last time. */
  #open(index: number, signal: AbortSignal): Promise<Repository> {
    const open = this.#options.repositories[index];
    if (open === undefined) throw new RangeError("no such repository");
    return open(signal);
  }

  /** Asks the places one after the other until one has what is wanted. The error is that of the last one: the registry. */
  async #tryEach<T>(
    signal: AbortSignal,
    use: (repository: Repository, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const count = this.#options.repositories.length;
    const first = this.#current;
    let failure: unknown;
    for (let tried = 0; tried < count; tried++) {
      signal.throwIfAborted();
      const index = (first + tried) % count;
      try {
        const result = await use(await this.#open(index, signal), signal);
        this.#current = index;
        return result;
      } catch (error) {
        signal.throwIfAborted();
        if (index === count - 1 || failure === undefined) failure = error;
      }
    }
    throw failure;
  }
}

/** A digest becomes a part of an address, and has to be one that whoever reads the blob can compare. */
function requireSha256({ digest }: Descriptor): void {
  if (parseDigest(digest).algorithm !== "sha256") {
    throw invalidDigest(digest, "only sha256 can be verified");
  }
}
