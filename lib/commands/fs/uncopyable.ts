/** Something in an image cannot be on this machine as it is there. */
export class Uncopyable extends Error {
  /** The class's name. */
  override name = "Uncopyable";

  /** `why` is what stands in the way: the end of the message. */
  constructor(why: string) {
    super(`left out: ${why}`);
  }
}
