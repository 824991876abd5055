/**
 * Where images and their snapshots are: Apple's app root, which is only ever read, and snapvm's own
 * store in the same layout.
 *
 * A reference leads to an index, a platform to one of its manifests, and the manifest's digest to
 * the snapshot: the ext4 file into which the image has been unpacked.
 *
 * @module
 */
export * from "./errors.ts";
export * from "./list_images.ts";
export * from "./open_stores.ts";
export * from "./resolve_image.ts";
export * from "./resolved_image.ts";
export { type Environment, HomeUnknown, snapvmHome } from "./snapvm_home.ts";
export * from "./snapshot_patches.ts";
export type { Snapshot } from "./snapshot.ts";
export type { SnapshotInfo } from "./snapshot_info.ts";
export { UnreadableStore } from "./read_state.ts";
