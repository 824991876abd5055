/** Bootable images out of the distribution's own packages, in stores as Apple's `container` lays them out. */
export * from "./app_root.ts";
export * from "./cached_folder.ts";
export * from "./busybox_tree.ts";
export * from "./distribution_packages.ts";
export * from "./ext4_image.ts";
export * from "./initramfs.ts";
export * from "./pack_tree.ts";
export * from "./run_program.ts";
export * from "./tiny_guest.ts";
