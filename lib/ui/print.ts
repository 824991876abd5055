import { OutputFailed } from "./output_failed.ts";

const encoder = new TextEncoder();

/** A stream that writes synchronously, such as `Deno.stdout`. */
export interface SyncWriter {
  /** Writes some of the bytes, and returns how many. */
  writeSync(data: Uint8Array): number;
}

/**
 * Writes all of a text or of bytes, to standard output by default.
 *
 * @throws {Deno.errors.BrokenPipe} If the reader has gone.
 * @throws {OutputFailed} If it cannot be written for another reason.
 */
export function print(data: string | Uint8Array, target: SyncWriter = Deno.stdout): void {
  let rest = typeof data === "string" ? encoder.encode(data) : data;
  try {
    while (rest.length > 0) rest = rest.subarray(target.writeSync(rest));
  } catch (cause) {
    throw cause instanceof Deno.errors.BrokenPipe ? cause : new OutputFailed(cause);
  }
}

/** Writes a value as JSON, indented by two spaces, with a newline at the end. */
export function printJson(value: unknown, target: SyncWriter = Deno.stdout): void {
  print(JSON.stringify(value, null, 2) + "\n", target);
}
