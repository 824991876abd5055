import {
  isFile,
  join,
  lockFolder,
  pollLock,
  sha256,
  snapvmHome,
  tryLockFolder,
} from "../../host/mod.ts";
import { Ext4 } from "../../ext4/mod.ts";
import { storeFailure } from "../content/store_failure.ts";
import type { OpenedImage } from "../lookup/open_image.ts";
import { readSnapshot } from "../snapshot/snapshot.ts";
import { copyLabelled } from "./copy_labelled.ts";
import { LABELLED_ORIGIN, LABELLED_SNAPSHOT, labelledFolder } from "./labelled_paths.ts";
import type { OpenLabelledOptions } from "./open_labelled_options.ts";
import { originOf } from "./snapshot_origin.ts";
import type { SnapshotLabels } from "./snapshot_labels.ts";

/** What `openLabelled()` does. */
export async function openLabelledCopy(
  opened: OpenedImage,
  loadLabels: () => Promise<SnapshotLabels>,
  options: OpenLabelledOptions = {},
): Promise<OpenedImage> {
  const { signal, onCopy } = options;
  const home = options.home ?? snapvmHome(Deno.env.toObject(), Deno.build.os);
  const origin = await originOf(opened.image.snapshot.path);
  const name = (await sha256(JSON.stringify(origin))).toHex();
  const folder = join(labelledFolder(home), name);
  const path = join(folder, LABELLED_SNAPSHOT);
  try {
    for (;;) {
      signal?.throwIfAborted();
      await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      using resources = new DisposableStack();
      if (await isFile(path)) {
        const held = await lockFolder(folder, { shared: true });
        if (held === undefined) continue;
        resources.use(held);
        if (!await isFile(path)) continue;
        const root = resources.use(await Ext4.open(path));
        const image = { ...opened.image, snapshot: await readSnapshot(path) };
        const kept = resources.move();
        return { image, root, [Symbol.dispose]: () => kept.dispose() };
      }
      onCopy?.();
      // Whoever has made it uses it from then on, and keeps the lock.
      const lock = await pollLock(
        async () => await isFile(path) ? "made" : await tryLockFolder(folder),
        { signal },
      );
      if (lock === undefined || lock === "made") continue;
      resources.use(lock);
      if (await isFile(path)) continue;
      const partial = `${path}.partial`;
      await copyLabelled(opened.root, partial, { labels: await loadLabels(), signal });
      await Deno.writeTextFile(join(folder, LABELLED_ORIGIN), JSON.stringify(origin), {
        mode: 0o600,
      });
      {
        using file = await Deno.open(partial, { read: true, write: true });
        await file.sync();
      }
      await Deno.rename(partial, path);
    }
  } catch (error) {
    throw storeFailure(home, error);
  }
}
