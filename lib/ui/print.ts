import { OutputFailed } from "./output_failed.ts";

const encoder = new TextEncoder();

/** A stream that takes bytes at once, such as `Deno.stdout`. */
export interface SyncWriter {
  /** Writes some of `data`, and returns how many bytes. */
  writeSync(data: Uint8Array): number;
}

/**
 * Writes the whole of a text or of bytes, to standard output where nothing else is said.
 *
 * Throws `Deno.errors.BrokenPipe` when the reader has gone, and an {@linkcode OutputFailed} for everything else.
 */
export function print(data: string | Uint8Array, target: SyncWriter = Deno.stdout): void {
  let rest = typeof data === "string" ? encoder.encode(data) : data;
  try {
    while (rest.length > 0) rest = rest.subarray(target.writeSync(rest));
  } catch (cause) {
    throw cause instanceof Deno.errors.BrokenPipe ? cause : new OutputFailed(cause);
  }
}

/** Writes `value` as JSON, two spaces deep, with a newline behind it. */
export function printJson(value: unknown, target: SyncWriter = Deno.stdout): void {
  print(JSON.stringify(value, null, 2) + "\n", target);
}
