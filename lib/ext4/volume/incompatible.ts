import { SnapvmError } from "../../error/mod.ts";

/**
 * The filesystem, or one file in it, uses a feature that this reader does not know.
 *
 * @example
 * ```ts
 * import { Ext4, Incompatible } from "@x/snapvm/ext4";
 *
 * try {
 *   using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
 *   console.log(await filesystem.exists("/boot"));
 * } catch (error) {
 *   if (!(error instanceof Incompatible)) throw error;
 *   console.log(`It needs a reader that knows ${error.feature}.`);
 * }
 * ```
 */
export class Incompatible extends SnapvmError<"incompatible-filesystem"> {
  /** `"Incompatible"`. */
  override name = "Incompatible";
  /** The name of the feature as `mke2fs` and `dumpe2fs` have it, such as `encrypt`, or `FEATURE_I23`. */
  readonly feature: string;

  /**
   * Says which feature makes what unreadable.
   *
   * @param what What cannot be read, such as `the filesystem`.
   * @param feature The feature's name.
   * @param why Why it cannot be read. Default: "it uses the feature <name>".
   */
  constructor(what: string, feature: string, why?: string) {
    const reason = why ?? `it uses the feature "${feature}", which is not supported`;
    super("incompatible-filesystem", `Cannot read ${what}: ${reason}`, { data: {} });
    this.feature = feature;
  }
}
