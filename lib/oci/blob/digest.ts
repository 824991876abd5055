import { sha256 } from "../../host/mod.ts";
import { invalidDigest } from "./invalid_digest.ts";

/**
 * The parts of a digest, `algorithm:encoded`.
 *
 * @example The path of a blob in an image layout
 * ```ts
 * import { type Digest, parseDigest } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const { algorithm, encoded }: Digest = parseDigest("sha256:" + "0".repeat(64));
 * assert.equal(`blobs/${algorithm}/${encoded}`, "blobs/sha256/" + "0".repeat(64));
 * ```
 */
export interface Digest {
  /** The hash algorithm: `sha256` nearly always. */
  readonly algorithm: string;
  /** The hash's value; 64 lower-case hexadecimal digits for `sha256`. */
  readonly encoded: string;
}

/**
 * Parses a digest. Its parts are safe as file names: they hold no separator and are not `.` or `..`.
 *
 * Source: the OCI image specification, `descriptor.md`.
 *
 * @param text The digest: for sha256, `sha256:` and 64 hexadecimal digits.
 * @returns Its parts.
 * @throws {SnapvmError} `invalid-digest` if it does not follow the grammar of the specification.
 *
 * @example Usage
 * ```ts
 * import { parseDigest } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseDigest("sha256:" + "0".repeat(64)), {
 *   algorithm: "sha256",
 *   encoded: "0".repeat(64),
 * });
 * ```
 */
export function parseDigest(text: string): Digest {
  const [, algorithm, encoded] =
    /^([a-z0-9]+(?:[+._-][a-z0-9]+)*):([a-zA-Z0-9=_-]{1,256})$/.exec(text) ?? [];
  if (algorithm === undefined || encoded === undefined) {
    throw invalidDigest(text, "it is not of the form algorithm:value");
  }
  if (algorithm === "sha256" && !/^[a-f0-9]{64}$/.test(encoded)) {
    throw invalidDigest(text, "a sha256 value is 64 lower-case hexadecimal digits");
  }
  return { algorithm, encoded };
}

/**
 * The sha256 digest of some bytes.
 *
 * @param bytes The whole content.
 * @returns `sha256:` and 64 hexadecimal digits.
 *
 * @example Usage
 * ```ts
 * import { sha256Digest } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * assert.equal(
 *   await sha256Digest(new TextEncoder().encode("{}")),
 *   "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
 * );
 * ```
 */
export async function sha256Digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return `sha256:${(await sha256(bytes)).toHex()}`;
}
