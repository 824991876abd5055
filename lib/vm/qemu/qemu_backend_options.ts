import type { AccelerationName } from "../acceleration.ts";

/** How `createQemuBackend()` makes its machines. */
export interface QemuBackendOptions {
  /** The acceleration to insist on. Default: the best that the host has. */
  readonly acceleration?: AccelerationName | undefined;
  /** Called with the whole command line of each QEMU before it runs. It never contains a secret. */
  readonly onCommand?: ((command: readonly string[]) => void) | undefined;
}
