import { openBindings, Virtualization } from "../../../ffi/mod.ts";
import { SnapvmError } from "../../error/mod.ts";
import { installLibrary } from "./install_library.ts";
import type { LibraryLocation } from "./library_location.ts";

/** Objective-C cannot be loaded twice, and one object in a process takes the events of all machines. */
const loaded = new Map<string, Virtualization>();

/** What {@linkcode openVirtualization} does. */
export async function loadVirtualization(
  { folder, library }: LibraryLocation,
): Promise<Virtualization> {
  const path = library ?? await installLibrary(folder);
  const known = loaded.get(path);
  if (known !== undefined) return known;
  try {
    const virtualization = new Virtualization(openBindings(path));
    loaded.set(path, virtualization);
    return virtualization;
  } catch (cause) {
    // Deno says it twice.
    const why = (cause instanceof Error ? cause.message : String(cause))
      .replace(/^(Could not open library: )+/, "");
    throw new SnapvmError(
      "library-unloadable",
      `Cannot load the library for Virtualization.framework: ${why}`,
      { data: {}, cause },
    );
  }
}
