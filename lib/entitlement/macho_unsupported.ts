/** A file is not a Mach-O file of the kind that was expected, or it is a broken one. */
export class MachOUnsupported extends Error {
  /** Its name, for messages and `switch`. */
  override name = "MachOUnsupported";
}
