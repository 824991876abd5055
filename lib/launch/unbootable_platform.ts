/** There is no machine for an image's platform. */
export class UnbootablePlatform extends Error {
  /** The class's name. */
  override name = "UnbootablePlatform";
  /** Which platforms there are machines for, and how one of the image's is chosen. */
  readonly advice: string;

  /** `choices` are the options that choose a platform with a machine, where it is known that the image has one. */
  constructor(message: string, choices: readonly string[] = [], options?: ErrorOptions) {
    super(message, options);
    const choose = choices.length > 0
      ? ` Add ${choices.join(" or ")}, for which there is a snapshot.`
      : " `snapvm images` lists the images that there are, and their platforms.";
    this.advice = `snapvm boots images for linux/amd64 and linux/arm64.${choose}`;
  }
}
