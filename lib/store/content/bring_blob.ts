import { hasCode, SnapvmError } from "../../error/mod.ts";
import {
  dirname,
  isDiskFull,
  pollLock,
  removeIfThere,
  statIfThere,
  syncFolder,
  tryLockFile,
  writeAll,
} from "../../host/mod.ts";
import type { Descriptor, ImageSource } from "../../oci/mod.ts";
import type { ProgressListener } from "../progress.ts";
import { CalmListener } from "./calm_listener.ts";
import type { GrowingFile } from "./growing_file.ts";
import { storeFailure } from "./store_failure.ts";
import { blobPath, ingestPath } from "./store_paths.ts";
import { Writeback } from "./writeback.ts";

/** What gives the bytes of blobs. */
export type BlobOrigin = Pick<ImageSource, "name" | "openBlob">;

/** What is known of a blob that is to be brought. */
export interface BringBlobOptions {
  /** Ends the work with its reason; what has arrived is kept. */
  readonly signal?: AbortSignal | undefined;
  /** Told of the blob's way. */
  readonly onProgress?: ProgressListener | undefined;
  /** Told of the blob's file, for those who read it while it arrives. */
  readonly growing?: GrowingFile | undefined;
}

/** How much is read at once of what an earlier attempt has left, in bytes. */
const READ_SIZE = 1 << 20;

/**
 * Brings a blob into a store, unless it is there. It appears under its digest whole and verified, or not at all.
 *
 * Of several processes that want it one brings it, and the others wait; if it dies, the next one goes on where it was.
 *
 * @returns Whether it was brought, and not there already.
 * @throws {SnapvmError} `corrupt-blob` if its bytes are not those of its digest; `disk-full`; what the source throws.
 * @throws The signal's reason.
 */
export async function bringBlob(
  root: string,
  source: BlobOrigin,
  descriptor: Descriptor,
  options: BringBlobOptions = {},
): Promise<boolean> {
  const { signal, onProgress, growing } = options;
  const { digest, size } = descriptor;
  const tell = (
    state: "waiting" | "arriving" | "present" | "complete",
    done: number,
    resumedAt?: number,
  ) =>
    onProgress?.({
      type: "blob",
      digest,
      size,
      done,
      state,
      ...resumedAt !== undefined && { resumedAt },
    });
  try {
    const path = blobPath(root, digest);
    const ingest = ingestPath(root, digest);
    const isThere = async () => (await statIfThere(path))?.size === size;
    const taken = await isThere() ? "there" : await pollLock(
      async () =>
        await tryLockFile(ingest, { create: true }) ?? (await isThere() ? "there" : undefined),
      { signal, onWait: () => tell("waiting", 0) },
    );
    if (typeof taken !== "object") {
      growing?.finish(path, size);
      tell("present", size);
      return false;
    }
    using _lock = taken;
    // Another process may have been done just before.
    if (await isThere()) {
      await removeIfThere(ingest);
      growing?.finish(path, size);
      tell("present", size);
      return false;
    }
    await ingestBlob(source, descriptor, { ingest, signal, growing, tell });
    await Deno.rename(ingest, path);
    await syncFolder(dirname(path));
    growing?.finish(path, size);
    tell("complete", size);
    return true;
  } catch (error) {
    const failure = storeFailure(root, error);
    growing?.fail(failure);
    throw failure;
  }
}

interface IngestOptions {
  readonly ingest: string;
  readonly signal: AbortSignal | undefined;
  readonly growing: GrowingFile | undefined;
  readonly tell: (state: "arriving", done: number, resumedAt?: number) => void;
}

/** Fills a blob's file. After a failure it is kept for the next attempt, unless that would not help. */
async function ingestBlob(
  source: BlobOrigin,
  descriptor: Descriptor,
  options: IngestOptions,
): Promise<void> {
  const { ingest, growing } = options;
  using file = await Deno.open(ingest, { read: true, write: true });
  try {
    if (await fillFile(file, source, descriptor, options)) return;
    // What an earlier attempt has left was damaged, by a crash perhaps.
    growing?.restart();
    await file.truncate(0);
    if (await fillFile(file, source, descriptor, options)) return;
  } catch (error) {
    if (keepsNothing(error)) await removeIfThere(ingest);
    throw error;
  }
  throw new Error("unreachable: a blob without a beginning is whole or an error");
}

/** A full disk needs the space; wrong bytes are of no use. */
function keepsNothing(error: unknown): boolean {
  return hasCode(error, "corrupt-blob", "disk-full") || isDiskFull(error);
}

/** Brings what is missing of a file. Returns false if it is wrong, and an earlier attempt may be to blame. */
async function fillFile(
  file: Deno.FsFile,
  source: BlobOrigin,
  descriptor: Descriptor,
  { ingest, signal, growing, tell }: IngestOptions,
): Promise<boolean> {
  const { digest, size } = descriptor;
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  let done = 0;
  await file.seek(0, Deno.SeekMode.Start);
  for (const memory = new Uint8Array(READ_SIZE);;) {
    signal?.throwIfAborted();
    const count = await file.read(memory);
    if (count === null) break;
    done += count;
    if (done > size) return false;
    hash.update(memory.subarray(0, count));
  }
  const resumedAt = done;
  growing?.grow(ingest, done);

  using listener = new CalmListener<number>((arrived) => tell("arriving", arrived, resumedAt));
  listener.tell(done);
  await using writeback = await Writeback.open(ingest);
  if (done < size) {
    for await (const bytes of source.openBlob(descriptor, { offset: done, signal })) {
      if (done + bytes.length > size) {
        if (resumedAt > 0) return false;
        throw corruptBlob(source, digest, `it is larger than ${size} bytes`);
      }
      await writeAll(file, bytes);
      hash.update(bytes);
      done += bytes.length;
      growing?.grow(ingest, done);
      writeback.add(bytes.length);
      listener.tell(done);
      signal?.throwIfAborted();
    }
    signal?.throwIfAborted();
  }
  if (done < size) throw corruptBlob(source, digest, `it ends after ${done} of ${size} bytes`);
  const actual = `sha256:${hash.digest("hex")}`;
  if (actual !== digest) {
    if (resumedAt > 0) return false;
    throw corruptBlob(source, digest, `its bytes have the digest ${actual}`);
  }
  await file.sync();
  return true;
}

function corruptBlob(
  source: BlobOrigin,
  digest: string,
  reason: string,
): SnapvmError<"corrupt-blob"> {
  return new SnapvmError(
    "corrupt-blob",
    `Cannot read the blob ${digest} of ${source.name}: ${reason}`,
    { data: { digest } },
  );
}
