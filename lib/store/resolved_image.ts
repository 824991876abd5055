import type { ImageConfig, Index, Manifest, Platform } from "../oci/mod.ts";
import type { Store } from "./open_stores.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * Why a platform was taken: the user named it (`named`); it is the host's (`host`); it is the only
 * one that the image has a snapshot for, and none was named (`only`); the user named its digest
 * (`digest`).
 */
export type PlatformChoice = "named" | "host" | "only" | "digest";

/** The way from what the user wrote to a snapshot. An ext4 file has only a name and a snapshot. */
export interface ResolvedImage {
  /** The image as the user wrote it. */
  readonly name: string;
  /** The snapshot: the ext4 file to boot. */
  readonly snapshot: Snapshot;
  /** The store that it is in. */
  readonly store?: Store;
  /**
   * The image's full reference: its key in `state.json`. A snapshot found by its digest may have
   * none.
   */
  readonly reference?: string;
  /** The index that the reference stands for. */
  readonly index?: {
    /** Its digest. */
    readonly digest: string;
    /** Whether `container` made it up around the image's single manifest. */
    readonly indirect: boolean;
    /** What it says. */
    readonly content: Index;
  };
  /** The manifest of the platform. */
  readonly manifest?: {
    /** Its digest, by which the snapshot is found. */
    readonly digest: string;
    /** What it says, where its blob is readable. */
    readonly content?: Manifest;
  };
  /** The image's configuration, where its blob is readable. */
  readonly config?: ImageConfig;
  /** The platform that the image is made for, where that is known. */
  readonly platform?: Platform;
  /** Why it is this platform, where there was a choice. */
  readonly platformChoice?: PlatformChoice;
  /** What is wrong without being in the way, in sentences without a full stop. */
  readonly problems: readonly string[];
}
