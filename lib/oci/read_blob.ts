import { join } from "node:path";
import { InvalidDigest, parseDigest, sha256Digest } from "./digest.ts";
import { JSON_LIMIT } from "./json_value.ts";

/** A blob's bytes are not those that its digest names. */
export class CorruptBlob extends Error {
  /** The name of the class. */
  override name = "CorruptBlob";

  /** Takes the digest and the reason. */
  constructor(digest: string, reason: string) {
    super(`Cannot read the blob ${digest}: ${reason}`);
  }
}

/**
 * Reads a whole small blob out of a content-addressed folder, and verifies it.
 *
 * Source: the OCI image specification, `image-layout.md`.
 *
 * @param folder The folder `blobs` of an image layout: the blob is its file `sha256/<64 digits>`.
 * @param digest The blob's sha256 digest.
 * @param limit The most bytes that the blob may have; 4 MiB where absent.
 * @returns The blob's bytes.
 * @throws {Deno.errors.NotFound} Where the blob is not there.
 * @throws {CorruptBlob} Where what is there is no file, too big, or has another digest.
 * @throws {InvalidDigest} Where the digest is not a sha256 digest.
 *
 * @example Usage
 * ```ts
 * import { readBlob, sha256Digest } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const blobs = await Deno.makeTempDir();
 * const bytes = new TextEncoder().encode("{}");
 * const digest = await sha256Digest(bytes);
 * await Deno.mkdir(`${blobs}/sha256`);
 * await Deno.writeFile(`${blobs}/${digest.replace(":", "/")}`, bytes);
 *
 * assert.deepEqual(await readBlob(blobs, digest), bytes);
 * await Deno.remove(blobs, { recursive: true });
 * ```
 */
export async function readBlob(
  folder: string,
  digest: string,
  limit: number = JSON_LIMIT,
): Promise<Uint8Array<ArrayBuffer>> {
  const { algorithm, encoded } = parseDigest(digest);
  if (algorithm !== "sha256") throw new InvalidDigest(digest, "only sha256 can be verified");
  const path = join(folder, algorithm, encoded);
  // Before it is opened: opening a FIFO would wait for a writer.
  const { isFile, size } = await Deno.stat(path);
  if (!isFile) throw new CorruptBlob(digest, "it is not a file");
  if (size > limit) throw new CorruptBlob(digest, `it is larger than ${limit} bytes`);
  const bytes = await Deno.readFile(path);
  const actual = await sha256Digest(bytes);
  if (actual !== digest) throw new CorruptBlob(digest, `its bytes have the digest ${actual}`);
  return bytes;
}
