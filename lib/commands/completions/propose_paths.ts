import type { Candidate } from "./candidate.ts";

/** A filesystem to look into: this machine's, or an image's. */
export interface Lookup {
  /** Lists a folder. */
  readDir(path: string): AsyncIterable<Deno.DirEntry>;
  /** Describes the file that a path leads to. */
  stat(path: string): Promise<{ readonly isDirectory: boolean }>;
}

/** Nobody reads a longer list. */
const MAX_NAMES = 1000;

/** The paths that begin with what is typed, or the folders alone. A folder ends with `/`. */
export async function proposePaths(
  { readDir, stat }: Lookup,
  typed: string,
  kind: "file" | "folder",
): Promise<Candidate[]> {
  const folder = typed.slice(0, typed.lastIndexOf("/") + 1);
  const begun = typed.slice(folder.length);
  const candidates: Candidate[] = [];
  for await (const entry of readDir(folder)) {
    const path = folder + entry.name;
    if (!path.startsWith(typed) || (begun === "" && entry.name.startsWith("."))) continue;
    const isFolder = entry.isSymlink ? await leadsToFolder(path) : entry.isDirectory;
    if (isFolder || kind === "file") candidates.push({ value: isFolder ? `${path}/` : path });
    if (candidates.length === MAX_NAMES) break;
  }
  return candidates;

  async function leadsToFolder(path: string): Promise<boolean> {
    try {
      return (await stat(path)).isDirectory;
    } catch {
      // A link that leads nowhere.
      return false;
    }
  }
}
