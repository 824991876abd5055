/**
 * Ends a command with a message for people and an exit status of its own.
 *
 * The libraries fail with errors that have a code. This one is for failures that only a command knows: the command line
 * was wrong, time ran out, somebody pressed Ctrl-C.
 */
export class CommandFailure extends Error {
  /** The class's name. */
  override name = "CommandFailure";
  /** The status that the process exits with. */
  readonly status: number;
  /** What to do next, in a sentence or two. */
  readonly advice?: string;

  /** `message` says what was tried and why it failed. An empty message prints nothing. */
  constructor(message: string, options: ErrorOptions & { status: number; advice?: string }) {
    super(message, options);
    this.status = options.status;
    if (options.advice !== undefined) this.advice = options.advice;
  }
}

/**
 * Gives an error an exit status. An error that has one keeps it. A mistake in snapvm stays as it is, since its stack
 * matters most.
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

/** The advice in an error; `undefined` if it has none. */
export function adviceOf(error: Error): string | undefined {
  if (!("advice" in error) || typeof error.advice !== "string") return undefined;
  return error.advice === "" ? undefined : error.advice;
}
