import type { Store } from "../open_stores.ts";
import type { SnapshotFinding } from "./snapshot_finding.ts";

/** How far {@linkcode checkImage} is. */
export type CheckProgress =
  /** The layers are read. */
  | {
    readonly type: "layers";
    /** How many of their compressed bytes were read. */
    readonly done: number;
    /** How many they have. */
    readonly size: number;
  }
  /** The snapshot is read. */
  | {
    readonly type: "snapshot";
    /** How many names were compared. */
    readonly entries: number;
  };

/** Options for {@linkcode checkImage}. */
export interface CheckImageOptions {
  /** Where layers are looked for that are not in the image's own store. Default: nowhere. */
  readonly stores?: readonly Store[] | undefined;
  /** Ends it with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Is told now and then how far it is. */
  readonly onProgress?: ((progress: CheckProgress) => void) | undefined;
}

/** What {@linkcode checkImage} found. */
export interface ImageCheck {
  /** The faults, in no particular order, at most 100,000; empty if there are none. */
  readonly findings: readonly SnapshotFinding[];
  /** How many more there are. */
  readonly omitted: number;
  /**
   * Why the snapshot could not be compared with its layers, in a sentence without a full stop; absent if it was. Without
   * them only `dead`, `doubled`, `unattached` and some kinds of `different` can be found.
   */
  readonly uncompared?: string;
  /** How many layers the snapshot was compared with. */
  readonly layers: number;
  /** How many names the snapshot has. */
  readonly entries: number;
  /**
   * How many times are not exact because Apple's writer made the snapshot: it rounds them to about 100 ns, and leaves
   * out that of the root. They are no faults.
   */
  readonly inexactTimes: number;
}
