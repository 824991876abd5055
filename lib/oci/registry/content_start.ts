import { corruptBlob } from "../source/source_errors.ts";
import type { HttpAnswer } from "./transport/http.ts";
import { protocolError } from "./transport/protocol_error.ts";

/**
 * Finds out where in a blob the body of an answer begins.
 *
 * @param answer The answer, with status 200 or 206.
 * @param blob The blob, and the offset that was asked for.
 * @returns The offset of its first byte, which is not behind the one that was asked for.
 * @throws {SnapvmError} `corrupt-blob` if the registry's blob has another size; `registry-protocol` if the answer does
 * not say where it begins, or begins elsewhere.
 */
export function contentStart(
  { status, headers, url }: HttpAnswer,
  { name, digest, size, offset }: {
    readonly name: string;
    readonly digest: string;
    readonly size: number;
    readonly offset: number;
  },
): number {
  if (status === 200) {
    const length = headers.get("content-length");
    const isEncoded = headers.has("content-encoding");
    if (length !== null && !isEncoded) requireSize(length);
    return 0;
  }
  const range = headers.get("content-range") ?? "";
  const [, first, last, total] = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)$/.exec(range) ?? [];
  if (first === undefined || Number(first) !== offset || Number(last) < offset) {
    throw protocolError(
      url,
      `Cannot read the blob ${digest} of ${name}: ${url.host} answered with the range ` +
        `${JSON.stringify(range.slice(0, 100))} instead of that from byte ${offset}`,
    );
  }
  if (total !== undefined && total !== "*") requireSize(total);
  return offset;

  function requireSize(text: string): void {
    if (Number(text) !== size) {
      throw corruptBlob(name, digest, `it has ${text} bytes instead of ${size}`);
    }
  }
}
