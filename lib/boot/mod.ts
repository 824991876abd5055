/**
 * From a root filesystem to something that a hypervisor can start: finding the kernel, unpacking it, adding to the
 * initramfs, and making the kernel command line. Nothing here knows disks, image names or hypervisors.
 *
 * @module
 */

export type { Architecture } from "./architecture.ts";
export { commandLine, type CommandLineParts } from "./arguments/command_line.ts";
export { type ImageArguments, readImageArguments } from "./arguments/image_arguments.ts";
export { splitArguments } from "./arguments/split_arguments.ts";
export { type Compression, decompress, detectCompression } from "./compression/decompress.ts";
export { StreamReader } from "./compression/stream_reader.ts";
export { chooseKernel } from "./discovery/choose_kernel.ts";
export type { Discovery, Kernel, KernelProblem } from "./discovery/discovery.ts";
export { findKernels } from "./discovery/find_kernels.ts";
export { type BootFiles, extractBoot, type ExtractOptions } from "./extract_boot.ts";
export { HostFolder } from "./host_folder.ts";
export { appendInitramfs } from "./initramfs/append_initramfs.ts";
export { cpioArchive, type CpioEntry } from "./initramfs/cpio.ts";
export { describeKernel, type KernelDescription } from "./kernel/describe_kernel.ts";
export { findArchitecture, requireArchitecture } from "./platform_architecture.ts";
export type { ByteRange, RootFs, RootFsEntry, RootFsInfo } from "./root_fs.ts";
export { FileLabels } from "./selinux/file_labels.ts";
export type { FileKind } from "./selinux/file_contexts.ts";
export {
  findSelinuxPolicy,
  type LoadedSelinuxPolicy,
  readSelinuxPolicy,
  type SelinuxMode,
  type SelinuxPolicy,
} from "./selinux/read_selinux_policy.ts";
