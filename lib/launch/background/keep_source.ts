import { dirname, join } from "../../host/mod.ts";

/** The name of a disk's source in a machine's folder. */
const SOURCE = "source0";

/** Where a disk's source is for as long as a machine has a clone of it. */
export interface KeptSource {
  /** Its path. */
  readonly path: string;
  /** A folder to lock, so that it stays there; absent if it needs no lock. */
  readonly heldFolder?: string;
}

/**
 * Makes sure that a snapshot is there for as long as a machine needs it: as a second name of the same file, in the
 * machine's own folder. Whoever removes or replaces the snapshot leaves that one alone.
 *
 * @param source The snapshot.
 * @param folder The machine's folder.
 * @returns Where it is from now on.
 */
export async function keepSource(source: string, folder: string): Promise<KeptSource> {
  const path = join(folder, SOURCE);
  const original = await Deno.realPath(source);
  try {
    await Deno.link(original, path);
    return { path };
  } catch {
    // It is on another filesystem, or of another user.
    return { path: original, heldFolder: dirname(original) };
  }
}
