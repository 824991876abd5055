/** The framework or the dylib has refused something, or the dylib is damaged. The message ends with the whole reason. */
export class VirtualizationError extends Error {
  /** Its name, for messages and `switch`. */
  override name = "VirtualizationError";
}
