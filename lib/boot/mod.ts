/**
 * From a root filesystem to something that a hypervisor can start: finding the kernel, unpacking it, adding to the
 * initramfs, and making the kernel command line. Nothing here knows of disks, images' names or hypervisors.
 *
 * @module
 */

export * from "./initramfs/append_initramfs.ts";
export * from "./architecture.ts";
export * from "./discovery/choose_kernel.ts";
export * from "./arguments/command_line.ts";
export * from "./discovery/compare_versions.ts";
export * from "./initramfs/cpio.ts";
export {
  type Compression,
  decompress,
  detectCompression,
  isSupported,
} from "./compression/decompress.ts";
export { DecompressionFailed } from "./compression/decompression_failed.ts";
export { describeKernel, type KernelDescription } from "./kernel/describe_kernel.ts";
export * from "./discovery/discovery.ts";
export * from "./errors.ts";
export * from "./extract_boot.ts";
export * from "./arguments/filter_image_arguments.ts";
export * from "./discovery/find_kernels.ts";
export * from "./host_folder.ts";
export * from "./initramfs/identify_initramfs.ts";
export { type ImageArguments, readImageArguments } from "./arguments/image_arguments.ts";
export * from "./platform_architecture.ts";
export * from "./root_fs.ts";
export * from "./arguments/split_arguments.ts";
export { StreamReader } from "./compression/stream_reader.ts";
