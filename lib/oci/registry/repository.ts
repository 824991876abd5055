import { sha256Digest } from "../blob/digest.ts";
import type { Descriptor } from "../documents/descriptor.ts";
import { MAX_JSON_SIZE } from "../documents/json_value.ts";
import type { SourceDocument } from "../source/image_source.ts";
import { corruptBlob } from "../source/source_errors.ts";
import type { Authorization } from "./authentication/authorization.ts";
import { ACCEPTED_MANIFESTS, isManifestType, manifestType } from "./manifest_type.ts";
import { contentStart } from "./content_start.ts";
import type { HttpAnswer, Send } from "./transport/http.ts";
import { protocolError } from "./transport/protocol_error.ts";
import { readBody } from "./transport/read_body.ts";
import { registryError } from "./transport/registry_error.ts";
import { unreachableBecause } from "./transport/unreachable.ts";

/** What {@linkcode Repository} works with. */
export interface RepositoryOptions {
  /** The registry's name and the repository's path, for messages. */
  readonly name: string;
  /** The repository's address, without a slash at its end: `https://host/v2/library/alpine`. */
  readonly url: string;
  /** Sends requests with everything that they need. */
  readonly send: Send;
  readonly authorization: Authorization;
}

/**
 * One repository of one registry.
 *
 * Source: the OCI distribution specification, "Pull".
 */
export class Repository {
  readonly #options: RepositoryOptions;

  constructor(options: RepositoryOptions) {
    this.#options = options;
  }

  /**
   * Reads the index or the manifest that a reference names.
   *
   * @param reference A tag or a digest.
   * @param digest The digest that it must have, if that is known.
   * @param signal Ends the reading.
   * @returns The document.
   */
  async manifest(
    reference: string,
    digest: string | undefined,
    signal: AbortSignal,
  ): Promise<SourceDocument> {
    const { name } = this.#options;
    await using answer = await this.#get(`manifests/${reference}`, {
      action: `read the manifest of ${name}${digest === undefined ? ":" : "@"}${reference}`,
      headers: { accept: ACCEPTED_MANIFESTS.join(", ") },
      signal,
    });
    const bytes = await this.#read(answer, `the manifest of ${name}`);
    const actual = await sha256Digest(bytes);
    const promised = answer.headers.get("docker-content-digest")?.trim();
    for (const expected of [digest, promised]) {
      // One of another algorithm says nothing that can be compared.
      if (expected?.startsWith("sha256:") && expected !== actual) {
        throw corruptBlob(name, expected, `its bytes have the digest ${actual}`);
      }
    }
    const mediaType = manifestType(bytes, answer, name);
    return { descriptor: { mediaType, digest: actual, size: bytes.length }, bytes };
  }

  /**
   * Reads a small blob or a manifest whole.
   *
   * @param descriptor What it must be.
   * @param signal Ends the reading.
   * @returns The document.
   */
  async document(descriptor: Descriptor, signal: AbortSignal): Promise<SourceDocument> {
    const { digest, size, mediaType } = descriptor;
    const { name } = this.#options;
    const isManifest = isManifestType(mediaType);
    await using answer = await this.#get(`${isManifest ? "manifests" : "blobs"}/${digest}`, {
      action: `read ${digest} of ${name}`,
      headers: isManifest ? { accept: ACCEPTED_MANIFESTS.join(", ") } : {},
      signal,
    });
    const bytes = await this.#read(answer, digest);
    if (bytes.length !== size) {
      throw corruptBlob(name, digest, `it has ${bytes.length} bytes instead of ${size}`);
    }
    const actual = await sha256Digest(bytes);
    if (actual !== digest) {
      throw corruptBlob(name, digest, `its bytes have the digest ${actual}`);
    }
    return { descriptor, bytes };
  }

  /**
   * Reads a blob on one connection, never further than its size.
   *
   * @param descriptor The blob.
   * @param offset Where to begin, in bytes.
   * @param signal Ends the reading.
   */
  async *blob(
    descriptor: Descriptor,
    offset: number,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    const { digest, size } = descriptor;
    const { name } = this.#options;
    await using answer = await this.#get(`blobs/${digest}`, {
      action: `read the blob ${digest} of ${name}`,
      headers: offset > 0 ? { range: `bytes=${offset}-` } : {},
      accepts: [206],
      signal,
    });
    let at = contentStart(answer, { name, digest, size, offset });
    for await (const chunk of answer.chunks()) {
      const skipped = Math.max(0, offset - at);
      at += chunk.length;
      if (at > size) throw corruptBlob(name, digest, `it has more than ${size} bytes`);
      if (skipped < chunk.length) yield chunk.subarray(skipped);
    }
    if (at < size) {
      throw unreachableBecause(
        answer.url,
        "interrupted",
        `it closed the connection after ${at} of ${size} bytes`,
      );
    }
  }

  async #get(
    path: string,
    { action, headers, accepts = [], signal }: {
      readonly action: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly accepts?: readonly number[];
      readonly signal: AbortSignal;
    },
  ): Promise<HttpAnswer> {
    const { url, send, authorization } = this.#options;
    const answer = await send({ url: new URL(`${url}/${path}`), headers, signal });
    if (answer.status === 200 || accepts.includes(answer.status)) return answer;
    throw await registryError(action, answer, await authorization.notes());
  }

  async #read(answer: HttpAnswer, what: string): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await readBody(answer, MAX_JSON_SIZE);
    if (bytes !== undefined) return bytes;
    throw protocolError(
      answer.url,
      `Cannot read ${what}: it is larger than ${MAX_JSON_SIZE} bytes`,
    );
  }
}
