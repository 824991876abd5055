/** What was given for an option cannot be its value. The message is a sentence that says what could be. */
export class InvalidValue extends Error {
  /** The class's name. */
  override name = "InvalidValue";
  /** What was given. */
  readonly text: string;

  /** Takes what was given, and what could be given instead. */
  constructor(text: string, message: string) {
    super(message);
    this.text = text;
  }
}
