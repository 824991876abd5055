import type { Architecture, RootFs } from "../../boot/mod.ts";
import type { Fields } from "../protocol/fields.ts";

/** The options of `prepareGuest()`. */
export interface PrepareGuestOptions {
  /** The guest's root filesystem. */
  readonly root: RootFs;
  /** The guest's processor. */
  readonly architecture: Architecture;
  /** The kernel's version, the name of its folder in `/usr/lib/modules`; absent if it is not known. */
  readonly kernelVersion?: string;
  /** What the agent is to do besides, as fields of its configuration. */
  readonly configuration?: Fields;
}
