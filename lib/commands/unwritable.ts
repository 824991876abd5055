import { reasonOf } from "../ui/mod.ts";

/** A file or folder of this machine that was to be written cannot be. */
export class Unwritable extends Error {
  /** The class's name. */
  override name = "Unwritable";
  /** What to do. */
  readonly advice: string;

  /** Takes what it is, its path last, what went wrong, and what to do where that is anything special. */
  constructor(
    what: string,
    cause: unknown,
    advice = "Name a place in a folder that exists and that you can write to.",
  ) {
    super(`Cannot write ${what}: ${reasonOf(cause)}`, { cause });
    this.advice = advice;
  }
}
