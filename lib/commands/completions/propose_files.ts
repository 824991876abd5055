import type { Candidate } from "./candidate.ts";
import { type Lookup, proposePaths } from "./propose_paths.ts";
import { withHome } from "./with_home.ts";

/** The files and folders of this machine whose paths begin with what is typed, or the folders alone. */
export async function proposeFiles(typed: string, kind: "file" | "folder"): Promise<Candidate[]> {
  return await proposePaths(THIS_MACHINE, typed, kind);
}

const THIS_MACHINE: Lookup = {
  readDir: (path) => Deno.readDir(withHome(path) || "."),
  stat: (path) => Deno.stat(withHome(path)),
};
