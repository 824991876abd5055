import type { Descriptor } from "../documents/descriptor.ts";

/** A layer to be unpacked. */
export interface LayerInput {
  /** The layer as the manifest describes it. */
  readonly descriptor: Descriptor;
  /** The digest of the layer's uncompressed archive: its element of `rootfs.diff_ids`. */
  readonly diffId: string;
  /** Opens the blob, compressed as it is. It is read once, from start to end, possibly while it is still arriving. */
  open(): AsyncIterable<Uint8Array<ArrayBuffer>>;
}
