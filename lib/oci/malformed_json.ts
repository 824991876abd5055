/**
 * A JSON document is not what its specification says: not JSON at all, or a member is missing or of
 * the wrong type.
 */
export class MalformedJson extends Error {
  /** The name of the class. */
  override name = "MalformedJson";
  /** What the document is, such as `index sha256:…`. */
  readonly document: string;
  /** The member at fault, such as `manifests[3].digest`; empty where it is the whole document. */
  readonly member: string;

  /** Takes the document, the member at fault and the reason. */
  constructor(document: string, member: string, reason: string, options?: ErrorOptions) {
    super(`Cannot read the ${document}: ${member === "" ? "it" : member} ${reason}`, options);
    this.document = document;
    this.member = member;
  }
}
