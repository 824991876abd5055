import type { LibraryLocation } from "./library_location.ts";

/** How {@linkcode createVzBackend} makes its machines. */
export interface VzBackendOptions extends LibraryLocation {
  /** Called with the configuration of each machine before the framework gets it. It never contains a secret. */
  readonly onConfiguration?: ((configuration: object) => void) | undefined;
}
