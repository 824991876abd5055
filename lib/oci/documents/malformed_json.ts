import { SnapvmError } from "../../error/mod.ts";

/**
 * A JSON document is not what its specification says: it is not JSON at all, or a member is missing or of the wrong
 * type.
 *
 * @example Usage
 * ```ts
 * import { MalformedJson, parseIndex } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const bytes = new TextEncoder().encode(`{ "schemaVersion": 2, "manifests": {} }`);
 * assert.throws(
 *   () => parseIndex(bytes),
 *   (error) => error instanceof MalformedJson && error.member === "manifests",
 * );
 * ```
 */
export class MalformedJson extends SnapvmError<"malformed-json"> {
  /** The name of the class. */
  override name = "MalformedJson";
  /** The name of the document, such as `index sha256:…`. */
  readonly document: string;
  /** The member at fault, such as `manifests[3].digest`; empty if it is the whole document. */
  readonly member: string;

  /**
   * Makes the error.
   *
   * @param document The name of the document.
   * @param member The member at fault; empty if it is the whole document.
   * @param reason What is wrong with it, as the rest of a sentence: `is not an array`.
   * @param options The cause.
   */
  constructor(document: string, member: string, reason: string, options?: ErrorOptions) {
    const subject = member === "" ? "it" : member;
    super("malformed-json", `Cannot read the ${document}: ${subject} ${reason}`, {
      ...options,
      data: {},
    });
    this.document = document;
    this.member = member;
  }
}
