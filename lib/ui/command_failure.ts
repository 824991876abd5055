/**
 * Ends a command with a message for the person and an exit status of its own.
 *
 * Everything that can be told apart by its class has a class in its own room; this one is for what only a command
 * knows: that the line was wrong, that time ran out, that the person pressed Ctrl-C.
 */
export class CommandFailure extends Error {
  /** The class's name. */
  override name = "CommandFailure";
  /** The status that the process exits with. */
  readonly status: number;
  /** What to do next, in a sentence or two. */
  readonly advice?: string;

  /** `message` says what was tried and why it failed; an empty one prints nothing. */
  constructor(message: string, options: ErrorOptions & { status: number; advice?: string }) {
    super(message, options);
    this.status = options.status;
    if (options.advice !== undefined) this.advice = options.advice;
  }
}
