/** The filesystem, or one file in it, uses a feature that this reader does not know. */
export class Incompatible extends Error {
  /** `"Incompatible"`. */
  override name = "Incompatible";
  /** The name of the feature as `mke2fs` and `dumpe2fs` have it, such as `encrypt`, or `FEATURE_I23`. */
  readonly feature: string;

  /**
   * Says which feature stands in the way of what.
   *
   * @param what What cannot be read, such as `the filesystem`.
   * @param feature The feature's name.
   * @param why What the feature stands in the way of; "it uses the feature <name>" where absent.
   */
  constructor(what: string, feature: string, why?: string) {
    super(
      `Cannot read ${what}: ${why ?? `it uses the feature "${feature}", which is not supported`}`,
    );
    this.feature = feature;
  }
}
