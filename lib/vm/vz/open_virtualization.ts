import { installLibrary, openBindings, Virtualization } from "../../../ffi/mod.ts";
import { HypervisorNotFound } from "../errors.ts";

/** Objective-C cannot be loaded twice, and one object in a process takes the events of all machines. */
const opened = new Map<string, Virtualization>();

/** Where the library for Virtualization.framework comes from. */
export interface LibraryLocation {
  /**
   * A folder that only this user can write to, for what outlives a machine: the library that snapvm carries is put there,
   * unless it is there.
   */
  readonly folder: string;
  /** The path of another library with the same interface, to use in its place. */
  readonly library?: string | undefined;
}

/**
 * Loads the library, once for each path.
 *
 * @param location Where it is.
 * @returns The framework.
 * @throws {HypervisorNotFound} If it cannot be loaded.
 */
export async function openVirtualization(location: LibraryLocation): Promise<Virtualization> {
  const path = location.library ?? await installLibrary(location.folder);
  const known = opened.get(path);
  if (known !== undefined) return known;
  try {
    const virtualization = new Virtualization(openBindings(path));
    opened.set(path, virtualization);
    return virtualization;
  } catch (cause) {
    // Deno says it twice.
    const why = (cause instanceof Error ? cause.message : String(cause))
      .replace(/^(Could not open library: )+/, "");
    throw new HypervisorNotFound(
      `Cannot load the library for Virtualization.framework: ${why}`,
      "It needs macOS 13 or newer. With an older one QEMU can run the image: --backend qemu.",
      { cause },
    );
  }
}
