/** The framework, or the dylib, has refused something. The message ends with all that it said. */
export class VirtualizationError extends Error {
  /** Its name, for messages and `switch`. */
  override name = "VirtualizationError";
}
