import type { Platform } from "../../oci/mod.ts";
import type { Store } from "../open_stores.ts";

/** Options for {@linkcode storedSource}. */
export interface StoredSourceOptions {
  /** The stores, in the order in which they are searched. */
  readonly stores: readonly Store[];
  /** The platform that is wanted (default: this machine's, or the only one that is there whole). */
  readonly platform?: Platform | undefined;
}
