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

/**
 * The same error with an exit status of its own. What has one already keeps it, and so does a mistake in snapvm, whose
 * stack is what matters.
 */
export function withStatus(error: unknown, status: number): unknown {
  if (!(error instanceof Error) || error instanceof CommandFailure || isMistake(error)) {
    return error;
  }
  return new CommandFailure(error.message || error.name, { status, cause: error });
}

/** Whether an error can only come from wrong code, not from wrong input. */
export function isMistake(error: Error): boolean {
  return error instanceof TypeError || error instanceof RangeError ||
    error instanceof ReferenceError || error instanceof SyntaxError;
}

/** What an error says about what to do next, where it says anything. */
export function adviceOf(error: Error): string | undefined {
  if (!("advice" in error) || typeof error.advice !== "string") return undefined;
  return error.advice === "" ? undefined : error.advice;
}
