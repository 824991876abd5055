import type { OpenedImage } from "../lookup/open_image.ts";
import type { OpenLabelledOptions } from "./open_labelled_options.ts";
import type { SnapshotLabels } from "./snapshot_labels.ts";

/**
 * Opens the copy of an image's snapshot in which every file has its label, and makes it unless it is there. It is kept
 * in snapvm's own folder, where `prune()` removes it once its snapshot is gone. It appears whole or not at all; of
 * several processes that want it one makes it.
 *
 * @param opened The image.
 * @param loadLabels Gives the labels; called only if the copy has to be made.
 * @param options Where it is kept.
 * @returns The image with the copy as its snapshot. Until it is disposed of, the copy is not removed.
 * @throws {SnapvmError} `disk-full`, `unwritable`; what `loadLabels` throws.
 * @throws {Corrupt} If the snapshot cannot be read.
 * @throws The signal's reason.
 */
export async function openLabelled(
  opened: OpenedImage,
  loadLabels: () => Promise<SnapshotLabels>,
  options: OpenLabelledOptions = {},
): Promise<OpenedImage> {
  const { openLabelledCopy } = await import(
    import.meta.resolve("./open_labelled_copy.ts")
  ) as typeof import("./open_labelled_copy.ts");
  return await openLabelledCopy(opened, loadLabels, options);
}
