/** One kernel of an image that can be started. */
export interface Kernel {
  /** `uki`: in one file with its initramfs; `modules`: beside its modules; `boot`: in `/boot`. */
  readonly kind: "uki" | "modules" | "boot";
  /** Its version, from its UKI, its modules or its name. A `boot` kernel without modules may have a flavour (`lts`). */
  readonly version: string;
  /** Its path in the image. */
  readonly path: string;
  /** The path of its initramfs in the image; absent for a UKI. */
  readonly initramfs?: string;
  /** The path of the folder with its modules; absent if the image has none. */
  readonly modules?: string;
}

/** Something that looks like a kernel and cannot be started, or a place that cannot be read. */
export interface KernelProblem {
  /** A kernel without its initramfs, an initramfs without its kernel, or something that cannot be read. */
  readonly kind: "no-initramfs" | "no-kernel" | "unreadable";
  /** Its path in the image. */
  readonly path: string;
  /** What is wrong with it, to be read after the path: "has no initramfs". */
  readonly message: string;
}

/** The kernels of an image. */
export interface Discovery {
  /** Best first: UKIs, then `modules`, then `boot`. Within a kind the newest version comes first, then paths in order. */
  readonly kernels: readonly Kernel[];
  /** What was found but cannot be used, in the order in which it was found. */
  readonly problems: readonly KernelProblem[];
}
