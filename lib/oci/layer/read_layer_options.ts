/** What happens while layers are read. */
export interface LayerProgress {
  /** How many bytes of blobs were read. */
  readonly done: number;
  /** How many members of archives were read. */
  readonly entries: number;
}

/** Options for {@linkcode readLayer} and {@linkcode unpackLayers}. */
export interface ReadLayerOptions {
  /** Ends the reading with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** The largest archive that is read, in bytes. Default: 16 TiB. */
  readonly maxSize?: number | undefined;
  /** Is told now and then how far it is. */
  readonly onProgress?: ((progress: LayerProgress) => void) | undefined;
}
