import { SnapvmError } from "../../error/mod.ts";
import { readAt, writeAt } from "../../host/mod.ts";
import type { DiskPatch } from "../machine.ts";

/** 64 KiB clusters, `qemu-img`'s own default. */
const CLUSTER_BITS = 16;
const CLUSTER_SIZE = 2 ** CLUSTER_BITS;
/** How many 8-byte entries an L2 table (always one cluster) has. */
const L2_ENTRIES = CLUSTER_SIZE / 8;
/** How many 16-bit counts a refcount block (always one cluster) has. */
const REFCOUNT_BLOCK_ENTRIES = CLUSTER_SIZE / 2;
const HEADER_LENGTH = 104;
const BACKING_FORMAT_EXTENSION = 0xe2792aca;
/** The format's own limit for `backing_file_size`. */
const MAX_BACKING_NAME = 1023;
/** "Refcount is exactly one": every cluster of a new image is used once. */
const COPIED = 1n << 63n;

/** What a new overlay covers, and what differs in it. */
export interface Qcow2OverlayOptions {
  /** The absolute path of the raw image that it covers. It is read only for clusters that have patches. */
  readonly source: string;
  /** Bytes that differ from the source. */
  readonly patches: readonly DiskPatch[];
  /** The disk's size in bytes, if it is to be larger than the source. */
  readonly size?: number | undefined;
}

/** Which clusters of the new file hold what, in the file's order. */
interface Layout {
  readonly l1Entries: number;
  readonly l1Clusters: number;
  readonly refcountTableClusters: number;
  readonly refcountBlocks: number;
  /** Which entries of the L1 table have an L2 table, ascending. */
  readonly l2Indices: readonly number[];
  /** Which clusters of the disk have bytes of their own, ascending. */
  readonly dataClusters: readonly number[];
  readonly totalClusters: number;
}

/**
 * Writes a qcow2 image (version 3) that covers a raw image: empty except for the patches, a few hundred kilobytes
 * however big the source is. The format is described in QEMU's `docs/interop/qcow2.rst`.
 *
 * @param path The file to make; it must not exist.
 * @param options The source and its patches.
 * @throws {SnapvmError} `clone-failed` if the source is not a file, or its path is longer than a qcow2 header can hold.
 * @throws {RangeError} If a patch reaches beyond the source.
 */
export async function createQcow2Overlay(
  path: string,
  options: Qcow2OverlayOptions,
): Promise<void> {
  const { source, patches } = options;
  // Before it is opened: to open a FIFO would wait for a program that writes to it.
  const info = await Deno.stat(source);
  if (!info.isFile) throw cloneFailed(source, "it is not a regular file");
  const backingName = new TextEncoder().encode(source);
  if (backingName.length > MAX_BACKING_NAME) {
    throw cloneFailed(source, `its path is longer than ${MAX_BACKING_NAME} bytes`);
  }
  // A disk consists of whole sectors; what is beyond the end of the source reads as zeros.
  const size = Math.ceil(Math.max(info.size, options.size ?? 0) / 512) * 512;
  const layout = layOut(size, patches);

  using sourceFile = await Deno.open(source, { read: true });
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  await file.truncate(layout.totalClusters * CLUSTER_SIZE);
  const { l1Clusters, refcountTableClusters, refcountBlocks, l2Indices } = layout;
  const refcountTableCluster = 1 + l1Clusters;
  const refcountBlockCluster = refcountTableCluster + refcountTableClusters;
  const l2Cluster = refcountBlockCluster + refcountBlocks;
  const dataCluster = l2Cluster + l2Indices.length;

  await writeAt(file, 0, header(size, layout, backingName));
  await writeAt(file, CLUSTER_SIZE, table(l2Indices, layout.l1Entries, l2Cluster, COPIED));
  const blocks = Array.from({ length: refcountBlocks }, (_, index) => index);
  await writeAt(
    file,
    refcountTableCluster * CLUSTER_SIZE,
    table(blocks, refcountBlocks, refcountBlockCluster, 0n),
  );
  await writeAt(file, refcountBlockCluster * CLUSTER_SIZE, refcounts(layout.totalClusters));

  let next = dataCluster;
  for (const [nth, l2Index] of l2Indices.entries()) {
    const inTable = layout.dataClusters
      .filter((cluster) => Math.floor(cluster / L2_ENTRIES) === l2Index)
      .map((cluster) => cluster % L2_ENTRIES);
    await writeAt(
      file,
      (l2Cluster + nth) * CLUSTER_SIZE,
      table(inTable, L2_ENTRIES, next, COPIED),
    );
    next += inTable.length;
  }
  for (const [nth, cluster] of layout.dataClusters.entries()) {
    const bytes = await readCluster(sourceFile, cluster);
    for (const patch of patches) applyPatch(bytes, cluster * CLUSTER_SIZE, patch);
    await writeAt(file, (dataCluster + nth) * CLUSTER_SIZE, bytes);
  }
}

function cloneFailed(source: string, why: string): SnapvmError {
  return new SnapvmError("clone-failed", `Cannot clone ${source}: ${why}`, {
    data: { source, isFull: false },
  });
}

/** Finds room for everything. */
function layOut(size: number, patches: readonly DiskPatch[]): Layout {
  const touched = new Set<number>();
  for (const { offset, bytes } of patches) {
    if (offset < 0 || offset + bytes.length > size) {
      throw new RangeError(
        `Cannot patch ${bytes.length} bytes at ${offset}: the disk has ${size} bytes`,
      );
    }
    if (bytes.length === 0) continue;
    const last = Math.floor((offset + bytes.length - 1) / CLUSTER_SIZE);
    for (let cluster = Math.floor(offset / CLUSTER_SIZE); cluster <= last; cluster++) {
      touched.add(cluster);
    }
  }
  const dataClusters = [...touched].sort((a, b) => a - b);
  const l2Indices = [
    ...new Set(dataClusters.map((cluster) => Math.floor(cluster / L2_ENTRIES))),
  ];
  const l1Entries = Math.ceil(size / (CLUSTER_SIZE * L2_ENTRIES));
  const l1Clusters = Math.ceil(l1Entries * 8 / CLUSTER_SIZE);
  const others = 1 + l1Clusters + l2Indices.length + dataClusters.length;
  // Refcount blocks count themselves and their table, so their number is found by trying.
  let refcountBlocks = 0;
  let refcountTableClusters = 0;
  let totalClusters = others;
  while (refcountBlocks * REFCOUNT_BLOCK_ENTRIES < totalClusters) {
    refcountBlocks++;
    refcountTableClusters = Math.ceil(refcountBlocks * 8 / CLUSTER_SIZE);
    totalClusters = others + refcountBlocks + refcountTableClusters;
  }
  return {
    l1Entries,
    l1Clusters,
    refcountTableClusters,
    refcountBlocks,
    l2Indices,
    dataClusters,
    totalClusters,
  };
}

/** The header, its extensions and the name of the backing file; all of it fits the first cluster. */
function header(size: number, layout: Layout, backingName: Uint8Array): Uint8Array<ArrayBuffer> {
  const backingOffset = HEADER_LENGTH + 16 + 8;
  const bytes = new Uint8Array(backingOffset + backingName.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x51, 0x46, 0x49, 0xfb]); // magic "QFI\xfb"
  view.setUint32(4, 3); // version
  view.setBigUint64(8, BigInt(backingOffset)); // backing_file_offset
  view.setUint32(16, backingName.length); // backing_file_size
  view.setUint32(20, CLUSTER_BITS); // cluster_bits
  view.setBigUint64(24, BigInt(size)); // size
  view.setUint32(36, layout.l1Entries); // l1_size
  view.setBigUint64(40, BigInt(CLUSTER_SIZE)); // l1_table_offset
  view.setBigUint64(48, BigInt((1 + layout.l1Clusters) * CLUSTER_SIZE)); // refcount_table_offset
  view.setUint32(56, layout.refcountTableClusters); // refcount_table_clusters
  view.setUint32(96, 4); // refcount_order: 16 bits
  view.setUint32(100, HEADER_LENGTH); // header_length
  view.setUint32(HEADER_LENGTH, BACKING_FORMAT_EXTENSION);
  view.setUint32(HEADER_LENGTH + 4, 3); // length of "raw"; padded to 8 bytes, and 8 zero bytes end the list
  bytes.set(new TextEncoder().encode("raw"), HEADER_LENGTH + 8);
  bytes.set(backingName, backingOffset);
  return bytes;
}

/** A table of cluster offsets: the entries at `indices` point at consecutive clusters from `first` on. */
function table(
  indices: readonly number[],
  entries: number,
  first: number,
  flags: bigint,
): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(entries * 8));
  for (const [nth, index] of indices.entries()) {
    view.setBigUint64(index * 8, BigInt((first + nth) * CLUSTER_SIZE) | flags);
  }
  return new Uint8Array(view.buffer);
}

/** The refcount blocks: one for each cluster of the file. */
function refcounts(clusters: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(clusters * 2));
  for (let cluster = 0; cluster < clusters; cluster++) view.setUint16(cluster * 2, 1);
  return new Uint8Array(view.buffer);
}

/** One cluster of the source; zeros beyond its end. */
async function readCluster(file: Deno.FsFile, cluster: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(CLUSTER_SIZE);
  await readAt(file, cluster * CLUSTER_SIZE, bytes);
  return bytes;
}

/** Writes the part of a patch that is in the cluster that starts at `start`. */
function applyPatch(cluster: Uint8Array, start: number, { offset, bytes }: DiskPatch): void {
  const from = Math.max(offset, start);
  const to = Math.min(offset + bytes.length, start + cluster.length);
  if (from < to) cluster.set(bytes.subarray(from - offset, to - offset), from - start);
}
