/**
 * snapvm boots a container image as the operating system that it is. This is the library behind the command: from an
 * image's name to a running machine ({@linkcode launch}), and the steps on the way, each of which is of use by itself.
 *
 * Everything fails with a {@linkcode SnapvmError}, whose `code` says what happened. The whole reader of ext4 filesystems
 * is in `@x/snapvm/ext4`, and all about references and documents of images in `@x/snapvm/oci`.
 *
 * @module
 */

// From an image's name to a running machine
export {
  type BackendChoice,
  type BackendName,
  chooseBackend,
  type CommandOutput,
  type Disk,
  type GuestShape,
  type GuestShapeOptions,
  type Launch,
  launch,
  type LaunchedCommand,
  type LaunchOptions,
  type LaunchStage,
  type MachineFileOptions,
  type MachineOptions,
  prepareBackend,
  type PreparedMachine,
  type PreparedShare,
  prepareMachine,
  type PrepareMachineOptions,
  type RunningCommand,
  type SelinuxState,
  type Share,
} from "./lib/launch/mod.ts";

// Images, and where they are
export type { Environment } from "./lib/host/mod.ts";
export {
  type AcquireOptions,
  type AddedImage,
  addImage,
  type AddImageOptions,
  checkImage,
  type CheckImageOptions,
  type CheckProgress,
  checkStore,
  type CheckStoreOptions,
  type DeadNames,
  findDeadNames,
  type FindingAspect,
  type FindingKind,
  type ImageCheck,
  type ImageOptions,
  type ImageStatus,
  listImages,
  type OpenedImage,
  openImage,
  openOwnStore,
  type OpenOwnStoreOptions,
  openStores,
  type OpenStoresOptions,
  type OwnStore,
  type PlatformChoice,
  type ProgressEvent,
  type ProgressListener,
  prune,
  type PrunedItem,
  type PruneOptions,
  type PruneResult,
  type PullPolicy,
  type RegistryAccess,
  type RemovedImage,
  removeImage,
  type ResolvedImage,
  resolveImage,
  type ResolveOptions,
  type Snapshot,
  type SnapshotFinding,
  type SnapshotInfo,
  type SnapshotPatch,
  snapshotPatches,
  type Store,
  type StoreCheck,
  type StoredImage,
  storedSource,
  type StoredSourceOptions,
  type StoreFinding,
  type StoreFindingKind,
  tagImage,
  unpackImage,
  type UnpackImageOptions,
} from "./lib/store/mod.ts";
export { formatPlatform, hostPlatform, parsePlatform, type Platform } from "./lib/oci/mod.ts";
export { Ext4, FileInfo } from "./lib/ext4/mod.ts";

// Kernels in a root filesystem
export {
  type Architecture,
  type BootFiles,
  chooseKernel,
  type CpioEntry,
  describeKernel,
  type Discovery,
  extractBoot,
  type ExtractOptions,
  findKernels,
  HostFolder,
  type Kernel,
  type KernelDescription,
  type KernelProblem,
  type RootFs,
  type RootFsEntry,
  type RootFsInfo,
} from "./lib/boot/mod.ts";

// Guests and machines
export type { GuestPlan } from "./lib/guest/mod.ts";
export type { MachinePort } from "./lib/machines/mod.ts";
export type {
  AccelerationName,
  AttachedDisk,
  Backend,
  BootMark,
  Channel,
  DiskPatch,
  DiskSpecification,
  Machine,
  MachineEnd,
  MachineSpecification,
  ShareSpecification,
  ShareType,
  StartOptions,
} from "./lib/vm/mod.ts";

// Failures
export {
  type ErrorCode,
  type ErrorData,
  hasCode,
  type NoData,
  type PlatformImage,
  SnapvmError,
  type SnapvmErrorOptions,
} from "./lib/error/mod.ts";
