import { readSelinuxPolicy } from "../../boot/mod.ts";
import { type OpenedImage, openLabelled } from "../../store/mod.ts";

/** Options for {@linkcode openLabelledImage}. */
export interface OpenLabelledImageOptions {
  /** Ends the work with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with what takes a while: a sentence without a full stop. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/**
 * Opens an image as a guest that enforces the image's SELinux policy needs it: with the labels that the policy gives to
 * its files. Layers of containers have none.
 *
 * @param opened The image.
 * @param options What to call meanwhile.
 * @returns The same image with a labelled copy of its snapshot, to be disposed of in the end.
 * @throws {SnapvmError} `no-selinux-policy`, `invalid-selinux-policy`; `disk-full`, `unwritable` if there is no place for
 * the copy.
 * @throws The signal's reason.
 */
export async function openLabelledImage(
  opened: OpenedImage,
  { signal, onNotice }: OpenLabelledImageOptions = {},
): Promise<OpenedImage> {
  return await openLabelled(opened, async () => (await readSelinuxPolicy(opened.root)).labels, {
    signal,
    onCopy: () => onNotice?.("the image is copied with the labels of its SELinux policy, once"),
  });
}
