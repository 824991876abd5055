/** Bytes in memory of their own. */
export type Bytes = Uint8Array<ArrayBuffer>;
