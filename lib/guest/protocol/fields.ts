import { SnapvmError } from "../../error/mod.ts";
import type { Bytes } from "./bytes.ts";

/**
 * What a stream is opened with, and what it is answered with: names with values. A word alone, such as the kind that
 * comes first, is a name without a value. Names may repeat.
 */
export type Fields = readonly (readonly [name: string, value?: string])[];

/** How large the fields of one request may be. */
const MAX_FIELDS_SIZE = 2 * 1024 * 1024;

/**
 * The bytes of fields.
 *
 * @throws {SnapvmError} `guest-refused` if they are larger than the agent takes, or one has a NUL character.
 */
export function encodeFields(fields: Fields): Bytes {
  const texts = fields.map(([name, value]) => value === undefined ? name : `${name}=${value}`);
  if (texts.some((text) => text.includes("\0"))) {
    throw unfit(fields, "EINVAL", "there is a NUL character in it");
  }
  const bytes = new TextEncoder().encode(texts.map((text) => `${text}\0`).join(""));
  if (bytes.length > MAX_FIELDS_SIZE) {
    throw unfit(fields, "E2BIG", `it has more than ${MAX_FIELDS_SIZE} bytes`);
  }
  return bytes;
}

/**
 * Reads fields.
 *
 * @param bytes Bytes of the other side.
 * @returns The fields; `undefined` if the last one has no end.
 */
export function decodeFields(bytes: Bytes): Fields | undefined {
  if (bytes.length === 0) return [];
  if (bytes.at(-1) !== 0) return undefined;
  const text = new TextDecoder().decode(bytes.subarray(0, -1));
  return text.split("\0").map((field) => {
    const end = field.indexOf("=");
    return end === -1 ? [field] as const : [field.slice(0, end), field.slice(end + 1)] as const;
  });
}

/** The value of the first field with a name. */
export function fieldOf(fields: Fields, name: string): string | undefined {
  return fields.find((field) => field[0] === name)?.[1];
}

function unfit(fields: Fields, errno: string, error: string): SnapvmError<"guest-refused"> {
  const kind = fields[0]?.[0] ?? "";
  return new SnapvmError("guest-refused", `Cannot ask the guest (${kind}): ${error}`, {
    data: { kind, error, errno },
  });
}
