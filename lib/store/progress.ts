/** What happens while an image is brought into the store, for whoever shows it. */
export type ProgressEvent =
  /** The image's documents were read: how much there is to do. */
  | {
    readonly type: "resolved";
    /** The full reference. */
    readonly reference: string;
    /** The digest of the platform's manifest. */
    readonly manifest: string;
    /** The layers to bring, compressed, in bytes. */
    readonly size: number;
    readonly layers: number;
  }
  /** A blob arrives: from a registry, an archive or another process that is at it already. */
  | {
    readonly type: "blob";
    readonly digest: string;
    readonly size: number;
    /** How many bytes are there. */
    readonly done: number;
    /**
     * `waiting`: another process brings it; `arriving`; `present`: it was in the store already; `complete`: it has just
     * been verified and kept.
     */
    readonly state: "waiting" | "arriving" | "present" | "complete";
    /** How many of the bytes an earlier attempt had left. */
    readonly resumedAt?: number;
  }
  /** The snapshot grows. */
  | {
    readonly type: "unpack";
    /** The digest of the manifest. */
    readonly manifest: string;
    /** The compressed bytes of all layers. */
    readonly size: number;
    /** How many of them have been unpacked. */
    readonly done: number;
    /** How many entries the archives had so far. */
    readonly entries: number;
    /** `waiting`: another process is at it; `present`: the snapshot was there already. */
    readonly state: "waiting" | "unpacking" | "present" | "complete";
  };

/** Takes events. It must not throw. */
export type ProgressListener = (event: ProgressEvent) => void;
