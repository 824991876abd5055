import type { Platform } from "../../oci/mod.ts";
import type { Store } from "../open_stores.ts";
import type { ProgressListener } from "../progress.ts";

/** Options for {@linkcode unpackImage}. */
export interface UnpackImageOptions {
  /** The stores in which the image is looked for. */
  readonly stores: readonly Store[];
  /** The platform to unpack (default: this machine's, or the only one). */
  readonly platform?: Platform | undefined;
  /** Whether to make the snapshot again if it is there. */
  readonly force?: boolean | undefined;
  /** Ends the work with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told how far it is. */
  readonly onProgress?: ProgressListener | undefined;
}
