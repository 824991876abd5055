/** A text that cannot be an option's value. The message is a sentence that says what could be. */
export class InvalidValue extends Error {
  /** The class's name. */
  override name = "InvalidValue";
  /** The text that was given. */
  readonly text: string;

  /** Takes the text that was given, and a sentence that says what could be given instead. */
  constructor(text: string, message: string) {
    super(message);
    this.text = text;
  }
}
