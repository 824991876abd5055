import type { Store } from "./open_stores.ts";
import { readState, type State, UnreadableStore } from "./read_state.ts";

/** A store with its references. */
export interface Catalog {
  /** The store. */
  readonly store: Store;
  /** Its references; none where they cannot be read. */
  readonly state: State;
  /** Why they cannot be read. */
  readonly error?: UnreadableStore;
}

/**
 * Reads the references of a store. One that cannot be read does not keep others from being used.
 */
export async function readCatalog(store: Store): Promise<Catalog> {
  try {
    return { store, state: await readState(store.root) };
  } catch (error) {
    if (!(error instanceof UnreadableStore)) throw error;
    return { store, state: new Map(), error };
  }
}
