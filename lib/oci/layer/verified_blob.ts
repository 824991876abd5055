import { createHash, type Hash } from "node:crypto";
import { SnapvmError } from "../../error/mod.ts";
import { parseDigest } from "../blob/digest.ts";
import { invalidDigest } from "../blob/invalid_digest.ts";
import type { Descriptor } from "../documents/descriptor.ts";

/** A running digest. */
export interface RunningDigest {
  /** Takes the next bytes. */
  update(bytes: Uint8Array): void;
  /** The digest of all of them, `algorithm:value`. */
  digest(): string;
}

/**
 * Starts to compute a digest of the kind that another one is.
 *
 * @throws {SnapvmError} `invalid-digest` if it cannot be verified.
 */
export function runningDigest(wanted: string): RunningDigest {
  const { algorithm } = parseDigest(wanted);
  if (algorithm !== "sha256" && algorithm !== "sha512") {
    throw invalidDigest(wanted, "only sha256 and sha512 can be verified");
  }
  const hash: Hash = createHash(algorithm);
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => `${algorithm}:${hash.digest("hex")}`,
  };
}

/**
 * Verifies a blob while it is read: it ends with an error, and not with its last byte, if its size or digest is wrong.
 *
 * @param bytes The blob.
 * @param descriptor What it should be.
 * @throws {SnapvmError} `corrupt-blob`
 */
export async function* verifiedBlob(
  bytes: AsyncIterable<Uint8Array<ArrayBuffer>>,
  { digest, size }: Descriptor,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const running = runningDigest(digest);
  let done = 0;
  for await (const piece of bytes) {
    done += piece.length;
    if (done > size) throw corruptBlob(digest, `it is larger than ${size} bytes`);
    running.update(piece);
    yield piece;
  }
  if (done < size) throw corruptBlob(digest, `it ends after ${done} of ${size} bytes`);
  const actual = running.digest();
  if (actual !== digest) throw corruptBlob(digest, `its bytes have the digest ${actual}`);
}

function corruptBlob(digest: string, reason: string): SnapvmError<"corrupt-blob"> {
  return new SnapvmError("corrupt-blob", `Cannot read the layer ${digest}: ${reason}`, {
    data: { digest },
  });
}
