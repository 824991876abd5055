import { join } from "../../host/mod.ts";

/** Lists the manifest digests for which a store has a snapshot folder, sorted; empty if they cannot be listed. */
export async function listSnapshots(root: string): Promise<string[]> {
  const digests: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(join(root, "snapshots"))) {
      if (isDirectory && /^[0-9a-f]{64}$/.test(name)) digests.push(`sha256:${name}`);
    }
  } catch {
    return [];
  }
  return digests.sort();
}
