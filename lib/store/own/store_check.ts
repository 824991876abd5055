/**
 * What {@linkcode checkStore} can find. Damage: `state-unreadable` and `reference-damaged` (the list of references, or
 * one of them), `blob-damaged` (other bytes than its digest says), `blob-missing` (a reference needs it),
 * `document-malformed`, `snapshot-damaged`, `writable-by-others`. No damage: `snapshot-info` (notes beside a snapshot
 * that are missing or damaged), `half-made` (something was interrupted), `unneeded` (no reference leads to it),
 * `unknown` (a name that no store has).
 */
export type StoreFindingKind =
  | "state-unreadable"
  | "reference-damaged"
  | "blob-damaged"
  | "blob-missing"
  | "document-malformed"
  | "snapshot-damaged"
  | "writable-by-others"
  | "snapshot-info"
  | "half-made"
  | "unneeded"
  | "unknown";

/** Something in a store that is not as it should be. */
export interface StoreFinding {
  /** What kind of thing it is. */
  readonly kind: StoreFindingKind;
  /** Whether something is lost or wrong by it. */
  readonly isDamage: boolean;
  /** Where. */
  readonly path: string;
  /** The digest of the blob, or of the snapshot's manifest. */
  readonly digest?: string;
  /** The references that lead to it. */
  readonly references: readonly string[];
  /** What is wrong, in a sentence without a full stop. */
  readonly message: string;
  /** How much disk it takes, in bytes. */
  readonly size: number;
  /** Whether it was removed or mended. */
  readonly isRepaired: boolean;
}

/** Options for {@linkcode checkStore}. */
export interface CheckStoreOptions {
  /** Whether to remove what is damaged or half made, so that it can be brought or unpacked again. */
  readonly repair?: boolean | undefined;
  /** Ends the work with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told how many of the bytes of blobs have been read. */
  readonly onProgress?:
    | ((progress: { readonly done: number; readonly size: number }) => void)
    | undefined;
}

/** What is in a store, and what is wrong with it. */
export interface StoreCheck {
  /** The number of references. */
  readonly references: number;
  /** The number of blobs. */
  readonly blobs: number;
  /** The number of snapshots. */
  readonly snapshots: number;
  /** The bytes of all blobs, each of which was read. */
  readonly size: number;
  /** What is not as it should be. */
  readonly findings: readonly StoreFinding[];
  /** Whether no damage was found, or all of it was repaired. */
  readonly isWhole: boolean;
}
