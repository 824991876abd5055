/** Options for {@linkcode prune}. */
export interface PruneOptions {
  /** Whether to say only what would be removed. */
  readonly dryRun?: boolean | undefined;
  /** Ends the work with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Something that {@linkcode prune} removes. */
export interface PrunedItem {
  /**
   * A blob or a snapshot that no reference leads to; a blob that has not wholly arrived (`download`); a snapshot that
   * was being made (`unpacking`); references that were being written (`temporary`); a copy of a snapshot with SELinux
   * labels, whose snapshot is gone (`labelled`).
   */
  readonly kind: "blob" | "snapshot" | "download" | "unpacking" | "temporary" | "labelled";
  /** The digest of the blob, or of the snapshot's manifest, if it is known. */
  readonly digest?: string;
  /** Where it was. */
  readonly path: string;
  /** How much disk it took, in bytes. */
  readonly size: number;
}

/** What {@linkcode prune} has done. */
export interface PruneResult {
  /** What was removed, or would be. */
  readonly removed: readonly PrunedItem[];
  /** How much disk all of it took, in bytes. */
  readonly size: number;
}
