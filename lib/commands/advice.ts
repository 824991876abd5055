import { type ErrorCode, type ErrorData, SnapvmError } from "../error/mod.ts";
import { adviceOf, CommandFailure } from "../ui/mod.ts";

/** What to do about each failure: one or two sentences, or nothing if there is nothing better than the message. */
const ADVICE: { readonly [Code in ErrorCode]?: (data: ErrorData[Code]) => string | undefined } = {};

/** What a person can do about an error, in one or two sentences; `undefined` if nothing is known. */
export function adviceFor(error: unknown): string | undefined {
  if (error instanceof CommandFailure) return error.advice ?? adviceFor(error.cause);
  if (!(error instanceof SnapvmError)) return error instanceof Error ? adviceOf(error) : undefined;
  const { code, data }: SnapvmError = error;
  const advise = ADVICE[code] as ((data: unknown) => string | undefined) | undefined;
  return advise?.(data);
}
