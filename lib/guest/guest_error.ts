/** A guest that cannot be prepared as asked. */
export class GuestError extends Error {
  /** The name of this class. */
  override name = "GuestError";
}
