import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Store } from "../../../lib/store/mod.ts";
import { run, withFolder } from "./test_store.ts";

/** App roots with images that Apple's own formatter wrote; they are not part of this repository. */
const fixtures = fileURLToPath(new URL("../../../../shared/fixtures", import.meta.url));

/** Runs a test on an app root out of an archive; does nothing if the archive is not there. */
export async function withAppRoot(
  archive: string,
  test: (store: Store) => Promise<void>,
): Promise<void> {
  const path = join(fixtures, archive);
  try {
    await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  await withFolder(async (folder) => {
    await run("sh", "-c", `zstd -dc "$1" | tar -x -S -C "$2"`, "sh", path, folder);
    await test({ root: join(folder, "com.apple.container"), kind: "apple" });
  });
}
