import { SnapvmError } from "../../error/mod.ts";
import { decodeText } from "../volume/decode_text.ts";

/** The part of an entry that is at fault. */
export type InvalidPart = SnapvmError<"invalid-entry">["data"]["part"];

/** The error for something that no ext4 filesystem can hold. */
export function invalidEntry(
  path: string,
  part: InvalidPart,
  why: string,
): SnapvmError<"invalid-entry"> {
  return new SnapvmError("invalid-entry", `Cannot add ${JSON.stringify(path)}: ${why}`, {
    data: { path, part },
  });
}

/** Shows a name in a message. */
export function showName(name: Uint8Array): string {
  return decodeText(name.length > 300 ? name.slice(0, 300) : name.slice());
}
