import type { ErrorCode, ErrorData } from "./error_data.ts";

/** What a {@linkcode SnapvmError} has besides its code and its message. */
export interface SnapvmErrorOptions<Code extends ErrorCode> extends ErrorOptions {
  /** What the code says about the failure; {@linkcode ErrorData} has the members. */
  readonly data: ErrorData[Code];
}

/**
 * A failure that snapvm foresees: bad input, something missing on this machine, a guest that came to a bad end. The
 * message is one sentence, "Cannot <do what> <to what>: <why>", and `cause` is the error that led to it, if any.
 *
 * @example Tell failures apart by their code
 * ```ts
 * import { hasCode, openImage, SnapvmError } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * try {
 *   await openImage("example.com/no/such:image");
 * } catch (error) {
 *   assert(error instanceof SnapvmError);
 *   if (hasCode(error, "image-not-found")) console.log(error.data.image);
 * }
 * ```
 */
export class SnapvmError<Code extends ErrorCode = ErrorCode> extends Error {
  /** The name of the class. */
  override name = "SnapvmError";
  /** What kind of failure it is. */
  readonly code: Code;
  /** What the code says about it. */
  readonly data: ErrorData[Code];

  /**
   * Makes the error.
   *
   * @param code What kind of failure it is.
   * @param message What could not be done, to what, and why.
   * @param options The data of the code, and the cause.
   */
  constructor(code: Code, message: string, options: SnapvmErrorOptions<Code>) {
    super(message, options);
    this.code = code;
    this.data = options.data;
  }
}

/**
 * Says whether an error is a {@linkcode SnapvmError} with one of some codes.
 *
 * @param error Anything that was thrown.
 * @param codes The codes to look for.
 * @returns Whether it has one of them; its data has the type of the code then.
 *
 * @example
 * ```ts
 * import { hasCode, parsePlatform } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * assert.throws(() => parsePlatform("beos/ppc"), (error) => hasCode(error, "invalid-platform"));
 * ```
 */
export function hasCode<Code extends ErrorCode>(
  error: unknown,
  ...codes: readonly Code[]
): error is SnapvmError<Code> {
  return error instanceof SnapvmError && codes.some((code) => code === error.code);
}
