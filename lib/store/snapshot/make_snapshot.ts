import { SnapvmError } from "../../error/mod.ts";
import {
  isFolder,
  join,
  pollLock,
  removeIfThere,
  syncFolder,
  tryLockFolder,
} from "../../host/mod.ts";
import { type LayerInput, unpackLayers } from "../../oci/mod.ts";
import { CalmListener } from "../content/calm_listener.ts";
import { Writeback } from "../content/writeback.ts";
import { storeFailure } from "../content/store_failure.ts";
import { hexOf, snapshotFolder, unpackingFolder } from "../content/store_paths.ts";
import type { ProgressListener } from "../progress.ts";
import { checkSnapshot } from "./check_snapshot.ts";
import { readSnapshot, type Snapshot } from "./snapshot.ts";
import { createSnapshotWriter } from "./snapshot_writer.ts";

/** Options for {@linkcode makeSnapshot}. */
export interface MakeSnapshotOptions {
  /** Whether to make it again if it is there. */
  readonly force?: boolean | undefined;
  /** Ends the work with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told how far it is. */
  readonly onProgress?: ProgressListener | undefined;
}

/**
 * Makes the snapshot of a manifest out of its layers, unless it is there. It appears whole or not at all. Of several
 * processes that want it one makes it, and the others wait.
 *
 * @throws {SnapvmError} `snapshot-in-use` if it is to be replaced and a running machine uses it; `disk-full`; what
 * `unpackLayers()` and the layers throw.
 * @throws The signal's reason.
 */
export async function makeSnapshot(
  root: string,
  manifest: string,
  layers: readonly LayerInput[],
  options: MakeSnapshotOptions = {},
): Promise<Snapshot> {
  try {
    return await makeUnlessThere(root, manifest, layers, options);
  } catch (error) {
    throw storeFailure(root, error);
  }
}

async function makeUnlessThere(
  root: string,
  manifest: string,
  layers: readonly LayerInput[],
  { force = false, signal, onProgress }: MakeSnapshotOptions,
): Promise<Snapshot> {
  const size = layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  const tell = (
    state: "waiting" | "unpacking" | "present" | "complete",
    done: number,
    entries: number,
  ) => onProgress?.({ type: "unpack", manifest, size, done, entries, state });
  const there = async (): Promise<Snapshot | undefined> => {
    const { snapshot, fault } = await checkSnapshot(root, manifest);
    return fault === undefined ? snapshot : undefined;
  };
  const present = (snapshot: Snapshot): Snapshot => {
    tell("present", size, 0);
    return snapshot;
  };
  if (!force) {
    const snapshot = await there();
    if (snapshot !== undefined) return present(snapshot);
  }
  await removeLeftovers(root, hexOf(manifest));
  const folder = join(unpackingFolder(root), hexOf(manifest));
  const lock = await pollLock(async () => {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    return await tryLockFolder(folder);
  }, { signal, onWait: () => tell("waiting", 0, 0) });
  using _lock = lock;
  const final = snapshotFolder(root, manifest);
  try {
    // Another process may have been done just before.
    const snapshot = force ? undefined : await there();
    if (snapshot !== undefined) return present(snapshot);
    for await (const { name } of Deno.readDir(folder)) {
      await Deno.remove(join(folder, name), { recursive: true });
    }
    tell("unpacking", 0, 0);
    const entries = await writeSnapshot(folder, manifest, layers, {
      signal,
      onEntries: (done, entries) => tell("unpacking", done, entries),
    });
    await writeSnapshotInfo(join(folder, "snapshot-info"), join(final, "snapshot"));
    await syncFolder(folder);
    signal?.throwIfAborted();
    await putInPlace(folder, final);
    await syncFolder(join(root, "snapshots"));
    tell("complete", size, entries);
    return await readSnapshot(join(final, "snapshot"));
  } finally {
    await removeIfThere(folder, { recursive: true });
  }
}

interface WriteSnapshotOptions {
  readonly signal: AbortSignal | undefined;
  readonly onEntries: (done: number, entries: number) => void;
}

/** Writes the filesystem, and gives the number of the archives' entries. */
async function writeSnapshot(
  folder: string,
  manifest: string,
  layers: readonly LayerInput[],
  { signal, onEntries }: WriteSnapshotOptions,
): Promise<number> {
  const path = join(folder, "snapshot");
  let count = 0;
  {
    await using writer = await createSnapshotWriter(path, manifest);
    await using writeback = await Writeback.open(path);
    using listener = new CalmListener<[done: number, entries: number]>((news) =>
      onEntries(...news)
    );
    let before = 0;
    await unpackLayers(writer, layers, {
      signal,
      onProgress: ({ done, entries }) => {
        count = entries;
        // About as many bytes as are written: nobody counts them.
        writeback.add(4 * (done - before));
        before = done;
        listener.tell([done, entries]);
      },
    });
    await writer.finish();
  }
  using file = await Deno.open(path, { read: true, write: true });
  await file.sync();
  return count;
}

/** Writes the notes about a snapshot, as `container` does. */
export async function writeSnapshotInfo(path: string, source: string): Promise<void> {
  const info = {
    type: { block: { format: "ext4", cache: { on: {} }, sync: { fsync: {} } } },
    source,
    destination: "/",
    options: [],
  };
  const text = JSON.stringify(info).replaceAll("/", "\\/");
  await Deno.writeTextFile(path, text, { mode: 0o600 });
  using file = await Deno.open(path, { read: true, write: true });
  await file.sync();
}

/** Puts a snapshot in its place. One that is there is replaced file by file, so that there is always one. */
async function putInPlace(folder: string, final: string): Promise<void> {
  if (!await isFolder(final)) return await Deno.rename(folder, final);
  const lock = await tryLockFolder(final);
  if (lock === undefined && await isFolder(final)) {
    const path = join(final, "snapshot");
    throw new SnapvmError(
      "snapshot-in-use",
      `Cannot replace the snapshot ${path}: a running machine uses it`,
      { data: { path } },
    );
  }
  using _lock = lock;
  for (const name of ["snapshot-info", "snapshot"]) {
    await Deno.rename(join(folder, name), join(final, name));
  }
  await syncFolder(final);
}

/** Removes what dead processes have left. */
async function removeLeftovers(root: string, except: string): Promise<void> {
  const ingest = unpackingFolder(root);
  for await (const { name } of Deno.readDir(ingest)) {
    if (name === except) continue;
    const path = join(ingest, name);
    using lock = await tryLockFolder(path);
    if (lock !== undefined) await removeIfThere(path, { recursive: true });
  }
}
