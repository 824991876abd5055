import { reasonOf } from "../error/mod.ts";

/** What snapvm had to say could not be written. */
export class OutputFailed extends Error {
  /** The class's name. */
  override name = "OutputFailed";

  /** Takes what went wrong. */
  constructor(cause: unknown) {
    super(`Cannot write the output: ${reasonOf(cause)}`, { cause });
  }
}
