/**
 * The backend over the double of Virtualization.framework.
 */
import { type Backend, createVzBackend, type VzBackendOptions } from "../../../lib/vm/mod.ts";
import { buildDouble } from "../../vz_double/build_double.ts";

const library = await buildDouble();

/** The backend `vz` over the double, whose guests are emulated. */
export function doubleBackend(options: Partial<VzBackendOptions> = {}): Backend {
  const backend = createVzBackend({ folder: "/nonexistent", library, ...options });
  return {
    ...backend,
    // On a busy host the kernel takes an emulated timer that is late for a broken one, and panics.
    kernelArguments: (architecture) => [
      ...backend.kernelArguments(architecture),
      "no_timer_check",
    ],
  };
}
