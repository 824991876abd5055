/**
 * The backend over the double of Virtualization.framework.
 */
import {
  type Backend,
  createVzBackend,
  openVirtualization,
  type VzBackendOptions,
} from "../../../lib/vm/mod.ts";
import { buildDouble } from "../../vz_double/build_double.ts";

const library = await buildDouble();
// Objective-C cannot be unloaded: no single test is to be taken for the one that left it open.
await openVirtualization({ folder: "/nonexistent", library });

/** The backend `vz` over the double, whose guests are emulated. */
export function doubleBackend(options: Partial<VzBackendOptions> = {}): Backend {
  return createVzBackend({ folder: "/nonexistent", library, ...options });
}
