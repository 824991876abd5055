import { join, pollLock, syncFolder, tryLockFile, writeAll } from "../../host/mod.ts";
import type { Descriptor } from "../../oci/mod.ts";
import { parseState } from "./read_state.ts";

/** The file whose lock is needed to change the references. */
export const STATE_LOCK = "state.lock";
/** Where the changed references are written before they replace the others. */
export const NEW_STATE = "state.json.new";

/** The members of `state.json` as they are, also those that cannot be read: they are not lost by a change. */
export type RawState = Map<string, unknown>;

/**
 * Changes the references of a store, one process at a time: readers see the old ones or the new ones.
 *
 * @param change Changes them, and gives a result.
 * @returns The result.
 * @throws {SnapvmError} `store-unreadable` if they cannot be read.
 */
export async function changeState<Result>(
  root: string,
  change: (state: RawState) => Result,
  signal?: AbortSignal,
): Promise<Result> {
  using _lock = await pollLock(
    () => tryLockFile(join(root, STATE_LOCK), { create: true }),
    { signal },
  );
  const path = join(root, "state.json");
  const text = await readText(path);
  const state: RawState = new Map(text === undefined ? [] : Object.entries(JSON.parse(text)));
  const result = change(state);
  const changed = JSON.stringify(Object.fromEntries(state)).replaceAll("/", "\\/");
  if (changed !== text) {
    await replaceFile(path, join(root, NEW_STATE), changed);
    await syncFolder(root);
  }
  return result;
}

/** Gives an image a reference. */
export async function setReference(
  root: string,
  reference: string,
  { mediaType, digest, size }: Descriptor,
  signal?: AbortSignal,
): Promise<void> {
  await changeState(
    root,
    (state) => void state.set(reference, { mediaType, digest, size }),
    signal,
  );
}

/** Reads the file, whose text is an object of JSON then. */
async function readText(path: string): Promise<string | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  parseState(bytes, path);
  return new TextDecoder().decode(bytes);
}

async function replaceFile(path: string, beside: string, text: string): Promise<void> {
  {
    using file = await Deno.open(beside, {
      write: true,
      create: true,
      truncate: true,
      mode: 0o600,
    });
    await writeAll(file, new TextEncoder().encode(text));
    await file.sync();
  }
  await Deno.rename(beside, path);
}
