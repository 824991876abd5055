import type { ProgressListener } from "../progress.ts";

/**
 * When an image is brought from its registry, or unpacked out of what is in a store already: if there is no snapshot of
 * it (`missing`), each time (`always`), or never. `usual` is `missing` where there is no `container` program, which
 * brings images itself; an image in a store of Apple's stays its own business even there.
 */
export type PullPolicy = "missing" | "always" | "never" | "usual";

/** How a registry is talked to. */
export interface RegistryAccess {
  /** Whether to do without TLS. */
  readonly plainHttp?: boolean | undefined;
  /** A file with certificates in PEM form that are trusted besides the system's. */
  readonly caFile?: string | undefined;
  /** A file with credentials, in the form of Docker's `config.json`, that is used instead of those of docker and podman. */
  readonly authFile?: string | undefined;
}

/** How an image that is not there, or not unpacked, gets into snapvm's own store. */
export interface AcquireOptions {
  /** When it is brought. Default: `never`. */
  readonly pull?: PullPolicy | undefined;
  /**
   * Whether snapvm's own snapshot is used, and made if it is not there, even if another store has one. Default: no.
   */
  readonly unpack?: boolean | undefined;
  /** How its registry is talked to. */
  readonly registry?: RegistryAccess | undefined;
  /** Ends the work when it aborts; what has arrived is kept for the next attempt. */
  readonly signal?: AbortSignal | undefined;
  /** Called and waited for before anything is brought or unpacked. */
  readonly onAcquire?: (() => void | Promise<void>) | undefined;
  /** Told how far it is. */
  readonly onProgress?: ProgressListener | undefined;
}
