/**
 * From a root filesystem to something that a hypervisor can start: finding the kernel, unpacking it, adding to the
 * initramfs, and making the kernel command line. Nothing here knows of disks, images' names or hypervisors.
 *
 * @module
 */

export * from "./append_initramfs.ts";
export * from "./architecture.ts";
export * from "./choose_kernel.ts";
export * from "./command_line.ts";
export * from "./compare_versions.ts";
export * from "./cpio.ts";
export { type Compression, decompress, detectCompression, isSupported } from "./decompress.ts";
export { DecompressionFailed } from "./decompression_failed.ts";
export { describeKernel, type KernelDescription } from "./describe_kernel.ts";
export * from "./discovery.ts";
export * from "./errors.ts";
export * from "./extract_boot.ts";
export * from "./filter_image_arguments.ts";
export * from "./find_kernels.ts";
export * from "./host_folder.ts";
export * from "./identify_initramfs.ts";
export { type ImageArguments, readImageArguments } from "./image_arguments.ts";
export * from "./root_fs.ts";
export * from "./split_arguments.ts";
export { StreamReader } from "./stream_reader.ts";
