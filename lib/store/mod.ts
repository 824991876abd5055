/**
 * The stores of images and their snapshots: the app root of Apple's `container`, which is only ever read, and snapvm's
 * own store in the same layout.
 *
 * A reference leads to an index, a platform to one of its manifests, and the manifest's digest to the snapshot: the
 * ext4 file that holds the unpacked image.
 *
 * @module
 */
export { type ImageStatus, listImages, type StoredImage } from "./lookup/list_images.ts";
export { type ImageOptions, type OpenedImage, openImage } from "./lookup/open_image.ts";
export { openStores, type OpenStoresOptions, type Store } from "./open_stores.ts";
export { resolveImage, type ResolveOptions } from "./lookup/resolve_image.ts";
export type { PlatformChoice, ResolvedImage } from "./lookup/resolved_image.ts";
export type { Snapshot } from "./snapshot/snapshot.ts";
export type { SnapshotInfo } from "./snapshot/snapshot_info.ts";
export { type SnapshotPatch, snapshotPatches } from "./snapshot/snapshot_patches.ts";
export type { ProgressEvent, ProgressListener } from "./progress.ts";
export { checkImage } from "./verify/check_image.ts";
export { type DeadNames, findDeadNames } from "./verify/find_dead_names.ts";
export type { CheckImageOptions, CheckProgress, ImageCheck } from "./verify/image_check.ts";
export type { FindingAspect, FindingKind, SnapshotFinding } from "./verify/snapshot_finding.ts";
export { addImage } from "./own/add_image.ts";
export type { AddedImage, AddImageOptions } from "./own/added_image.ts";
export { openOwnStore, type OpenOwnStoreOptions, type OwnStore } from "./own/own_store.ts";
export { storedSource } from "./own/stored_source.ts";
export type { StoredSourceOptions } from "./own/stored_source_options.ts";
export { unpackImage } from "./own/unpack_image.ts";
export type { UnpackImageOptions } from "./own/unpack_image_options.ts";
export { checkStore } from "./own/check_store.ts";
export type {
  CheckStoreOptions,
  StoreCheck,
  StoreFinding,
  StoreFindingKind,
} from "./own/store_check.ts";
export { prune } from "./own/prune.ts";
export type { PrunedItem, PruneOptions, PruneResult } from "./own/prune_result.ts";
export { type RemovedImage, removeImage } from "./own/remove_image.ts";
export { tagImage } from "./own/tag_image.ts";
export type { AcquireOptions, PullPolicy, RegistryAccess } from "./acquire/acquire_options.ts";
export { openSource, type OpenSourceOptions } from "./acquire/open_source.ts";
export { openLabelled } from "./labelled/open_labelled.ts";
export type { OpenLabelledOptions } from "./labelled/open_labelled_options.ts";
export type { SnapshotLabels } from "./labelled/snapshot_labels.ts";
