/** Compressed bytes that cannot be unpacked: damaged, cut short, or too demanding. */
export class DecompressionFailed extends Error {
  /** The name of the class. */
  override name = "DecompressionFailed";
}
