/** One kernel of an image that can be started. */
export interface Kernel {
  /** `uki`: with its initramfs in one file; `modules`: beside its modules; `boot`: in `/boot`. */
  readonly kind: "uki" | "modules" | "boot";
  /** Its version, as its modules, its UKI or its name say; a `boot` kernel without modules may have a flavour (`lts`). */
  readonly version: string;
  /** Its path in the image. */
  readonly path: string;
  /** The path of its initramfs in the image; absent for a UKI. */
  readonly initramfs?: string;
  /** The path of the folder with its modules, where the image has one. */
  readonly modules?: string;
}

/** Something that looks like a kernel and cannot be started, or a place that cannot be read. */
export interface KernelProblem {
  /** A kernel without its initramfs, an initramfs without its kernel, or something that cannot be read. */
  readonly kind: "no-initramfs" | "no-kernel" | "unreadable";
  /** What it is about, as a path in the image. */
  readonly path: string;
  /** What is wrong with it: reads on after the path. */
  readonly message: string;
}

/** The kernels of an image. */
export interface Discovery {
  /** Best first: UKIs, then `modules`, then `boot`; among these the highest version, then the path that sorts first. */
  readonly kernels: readonly Kernel[];
  /** What was seen and not counted, in the order in which it was met. */
  readonly problems: readonly KernelProblem[];
}
