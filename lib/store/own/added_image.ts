import type { Platform } from "../../oci/mod.ts";
import type { ProgressListener } from "../progress.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** Options for {@linkcode addImage}. */
export interface AddImageOptions {
  /** The reference to give to the image (default: none; then it is kept until {@linkcode prune}). */
  readonly reference?: string | undefined;
  /** The platform to bring (default: this machine's, or the only one). */
  readonly platform?: Platform | undefined;
  /** Whether to make a snapshot of it as well. Default: true. */
  readonly unpack?: boolean | undefined;
  /** Ends the work with its reason; what has arrived is kept for the next attempt. */
  readonly signal?: AbortSignal | undefined;
  /** Told how far it is. */
  readonly onProgress?: ProgressListener | undefined;
}

/** An image in snapvm's own store. */
export interface AddedImage {
  /** Its full reference; absent if it has none. */
  readonly reference?: string;
  /** The digest of its index. */
  readonly index: string;
  /** The digest of the platform's manifest. */
  readonly manifest: string;
  /** The platform. */
  readonly platform: Platform;
  /** Its snapshot; absent if it was not to be unpacked. */
  readonly snapshot?: Snapshot;
}
