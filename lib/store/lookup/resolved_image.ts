import type { ImageConfig, Index, Manifest, Platform } from "../../oci/mod.ts";
import type { Store } from "../open_stores.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/**
 * Why a platform was chosen: the user named it (`named`); it is the host's (`host`); it is the only one that the image
 * has a snapshot for, and none was named (`only`); or the user named its digest (`digest`).
 */
export type PlatformChoice = "named" | "host" | "only" | "digest";

/** The chain from a name to a snapshot. An ext4 file has only a name and a snapshot. */
export interface ResolvedImage {
  /** The image as the user wrote it. */
  readonly name: string;
  /** The snapshot: the ext4 file to boot. */
  readonly snapshot: Snapshot;
  /** The store that the image is in. */
  readonly store?: Store;
  /** The image's full reference: its key in `state.json`. A snapshot that was found by its digest may have none. */
  readonly reference?: string;
  /** The index that the reference points at. */
  readonly index?: {
    /** Its digest. */
    readonly digest: string;
    /** Whether `container` made it up for the image's single manifest. */
    readonly indirect: boolean;
    /** Its content. */
    readonly content: Index;
  };
  /** The manifest of the platform. */
  readonly manifest?: {
    /** Its digest, which is the snapshot's name too. */
    readonly digest: string;
    /** Its content; absent if its blob is missing or unreadable. */
    readonly content?: Manifest;
  };
  /** The image's configuration; absent if its blob is missing or unreadable. */
  readonly config?: ImageConfig;
  /** The platform that the image is made for; absent if it is not known. */
  readonly platform?: Platform;
  /** Why this platform was chosen; absent if there was no choice. */
  readonly platformChoice?: PlatformChoice;
  /** What is wrong without being fatal, in sentences without a full stop. */
  readonly problems: readonly string[];
}
