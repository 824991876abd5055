import { reasonOf } from "../error/mod.ts";

/** The output of snapvm could not be written. */
export class OutputFailed extends Error {
  /** The class's name. */
  override name = "OutputFailed";

  /** Takes the cause. */
  constructor(cause: unknown) {
    super(`Cannot write the output: ${reasonOf(cause)}`, { cause });
  }
}
