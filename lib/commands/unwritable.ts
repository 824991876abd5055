import { reasonOf } from "../ui/mod.ts";

/** A file or folder of this machine that was to be written cannot be. */
export class Unwritable extends Error {
  /** The class's name. */
  override name = "Unwritable";
  /** What to do. */
  readonly advice: string = "Name a place in a folder that exists and that you can write to.";

  /** Takes what it is, its path last, and what went wrong. */
  constructor(what: string, cause: unknown) {
    super(`Cannot write ${what}: ${reasonOf(cause)}`, { cause });
  }
}
