import { join } from "../../host/mod.ts";
import { SnapvmError } from "../../error/mod.ts";
import { parseDigest, sha256Digest } from "./digest.ts";
import { invalidDigest } from "./invalid_digest.ts";
import { MAX_JSON_SIZE } from "../documents/json_value.ts";

/**
 * Reads a whole small blob out of a content-addressed folder, and verifies it.
 *
 * Source: the OCI image specification, `image-layout.md`.
 *
 * @param folder The folder `blobs` of an image layout: the blob is its file `sha256/<64 digits>`.
 * @param digest The blob's sha256 digest.
 * @param maxSize The largest size that is read, in bytes (default: 4 MiB).
 * @returns The blob's bytes.
 * @throws {Deno.errors.NotFound} If the blob is not there.
 * @throws {SnapvmError} `corrupt-blob` if it is not a file, is too large, or has another digest; `invalid-digest` if
 * the digest is not a sha256 digest.
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
  maxSize: number = MAX_JSON_SIZE,
): Promise<Uint8Array<ArrayBuffer>> {
  const { algorithm, encoded } = parseDigest(digest);
  if (algorithm !== "sha256") throw invalidDigest(digest, "only sha256 can be verified");
  const path = join(folder, algorithm, encoded);
  // Checked before it is opened: opening a FIFO waits for a writer.
  const { isFile, size } = await Deno.stat(path);
  if (!isFile) throw corruptBlob(digest, "it is not a file");
  if (size > maxSize) throw corruptBlob(digest, `it is larger than ${maxSize} bytes`);
  const bytes = await Deno.readFile(path);
  const actual = await sha256Digest(bytes);
  if (actual !== digest) throw corruptBlob(digest, `its bytes have the digest ${actual}`);
  return bytes;
}

function corruptBlob(digest: string, reason: string): SnapvmError<"corrupt-blob"> {
  return new SnapvmError("corrupt-blob", `Cannot read the blob ${digest}: ${reason}`, {
    data: { digest },
  });
}
