import { join } from "../../host/mod.ts";

/** The folder of the labelled copies of snapshots. */
export function labelledFolder(home: string): string {
  return join(home, "labelled");
}

/** The name of a labelled copy's file in its folder. */
export const LABELLED_SNAPSHOT = "snapshot";

/** The name of the file that says what a copy was made of. */
export const LABELLED_ORIGIN = "origin.json";
