import { decodeText } from "../volume/decode_text.ts";
import type { RawName } from "./directory_block.ts";

const SLASH = 0x2f;

/** Whether bytes can be a name: not empty, and without `/` and NUL. */
export function isNamePossible({ bytes, nameStart, nameEnd }: RawName): boolean {
  for (let index = nameStart; index < nameEnd; index++) {
    if (bytes[index] === SLASH || bytes[index] === 0) return false;
  }
  return nameEnd > nameStart;
}

/** A name as text and as bytes. Bytes that are not UTF-8 are U+FFFD in the text. */
export function decodeName(
  entry: RawName,
): { name: string; nameBytes: Uint8Array<ArrayBuffer> } {
  const nameBytes = entry.bytes.slice(entry.nameStart, entry.nameEnd);
  return { name: decodeText(nameBytes), nameBytes };
}
