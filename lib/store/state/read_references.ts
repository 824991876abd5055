import { hasCode, type SnapvmError } from "../../error/mod.ts";
import type { Store } from "../open_stores.ts";
import { readState, type State } from "./read_state.ts";

/** A store with its references. */
export interface StoreReferences {
  /** The store. */
  readonly store: Store;
  /** Its references; empty if they cannot be read. */
  readonly state: State;
  /** Why they cannot be read. */
  readonly error?: SnapvmError<"store-unreadable">;
}

/** Reads the references of a store. An unreadable one must not keep the other stores from being used. */
export async function readReferences(store: Store): Promise<StoreReferences> {
  try {
    return { store, state: await readState(store.root) };
  } catch (error) {
    if (!hasCode(error, "store-unreadable")) throw error;
    return { store, state: new Map(), error };
  }
}
