import type { Virtualization } from "../../../ffi/mod.ts";
import type { LibraryLocation } from "./library_location.ts";

/**
 * Loads the library for Virtualization.framework, once for each path. Only a Mac needs what this imports: it is loaded
 * with the first call.
 *
 * @param location Where it is.
 * @returns The framework.
 * @throws {SnapvmError} `library-unloadable` if the system does not load it, `library-damaged` if its bytes have changed,
 * `folder-not-private` if others can write to its folder.
 */
export async function openVirtualization(location: LibraryLocation): Promise<Virtualization> {
  const { loadVirtualization } = await import(
    import.meta.resolve("./load_virtualization.ts")
  ) as typeof import("./load_virtualization.ts");
  return await loadVirtualization(location);
}
