import { INCOMPAT_RECOVER } from "./features.ts";
import { Incompatible } from "./incompatible.ts";
import type { Volume } from "./volume.ts";

/** Replays the journal in memory where the filesystem was not unmounted. */
export function replayJournal(volume: Volume): void {
  if ((volume.superblock.s_feature_incompat & INCOMPAT_RECOVER) === 0) return;
  throw new Incompatible("the filesystem", "needs_recovery");
}
