import type { AccelerationName } from "../acceleration.ts";

/** How `createQemuBackend()` makes its machines. */
export interface QemuBackendOptions {
  /** The acceleration to insist on. Default: the best that the host has. */
  readonly acceleration?: AccelerationName | undefined;
  /** The virtiofsd to use, `$VIRTIOFSD_BIN` by default; without either it is looked for. */
  readonly virtiofsd?: string | undefined;
  /** Called with the whole command line of each QEMU before it runs. It never contains a secret. */
  readonly onCommand?: ((command: readonly string[]) => void) | undefined;
}
