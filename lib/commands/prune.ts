import { openOwnStore, prune as pruneStore, type PrunedItem } from "../store/mod.ts";
import { formatSize, formatTable, print, printJson } from "../ui/mod.ts";
import { Interruption } from "./interruption.ts";

interface PruneOptions {
  readonly dryRun?: true | undefined;
  readonly json?: true | undefined;
}

/** `snapvm prune`. */
export async function prune({ dryRun, json }: PruneOptions): Promise<void> {
  using interruption = new Interruption();
  const { signal } = interruption;
  const { removed, size } = await pruneStore(await openOwnStore(), { dryRun, signal });
  if (json) return printJson({ removed: removed.map(toJson), size });
  if (removed.length > 0) print(await formatTable(COLUMNS, removed.map(toCells)));
  const space = formatSize(size);
  print(dryRun ? `${space} would come back.\n` : `${space} came back.\n`);
}

const COLUMNS = [
  { heading: "KIND" },
  { heading: "SIZE", alignRight: true },
  { heading: "WHAT" },
];

function toCells({ kind, size, digest, path }: PrunedItem): string[] {
  return [kind, formatSize(size), digest ?? path];
}

function toJson({ kind, size, digest, path }: PrunedItem) {
  return { kind, digest: digest ?? null, path, size };
}
