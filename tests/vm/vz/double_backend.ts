/**
 * The backend over the double of Virtualization.framework.
 */
import { type Backend, createVzBackend, type VzBackendOptions } from "../../../lib/vm/mod.ts";
import { buildDouble } from "../../vz_double/build_double.ts";

const library = await buildDouble();

/** The backend `vz` over the double, whose guests are emulated. */
export function doubleBackend(options: Partial<VzBackendOptions> = {}): Backend {
  return createVzBackend({ folder: "/nonexistent", library, ...options });
}
