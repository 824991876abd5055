import { decodeText } from "../volume/decode_text.ts";
import type { RawName } from "./directory_block.ts";

const SLASH = 0x2f;

/**
 * A name as text.
 *
 * @param entry The name.
 * @returns The text, or null where the bytes are not ASCII and have to be decoded.
 */
export function asciiName({ bytes, nameStart, nameEnd }: RawName): string | null {
  for (let index = nameStart; index < nameEnd; index++) {
    if (bytes[index]! >= 0x80) return null;
  }
  let name = "";
  let index = nameStart;
  // Eight at a time: `TextDecoder` costs four times as much for what a name has.
  for (; index + 8 <= nameEnd; index += 8) {
    name += String.fromCharCode(
      bytes[index]!,
      bytes[index + 1]!,
      bytes[index + 2]!,
      bytes[index + 3]!,
      bytes[index + 4]!,
      bytes[index + 5]!,
      bytes[index + 6]!,
      bytes[index + 7]!,
    );
  }
  for (; index < nameEnd; index++) name += String.fromCharCode(bytes[index]!);
  return name;
}

/**
 * Whether bytes can be a name: not empty, without `/` and NUL.
 *
 * @param entry The name.
 * @returns Whether a program could have made it.
 */
export function isNamePossible({ bytes, nameStart, nameEnd }: RawName): boolean {
  for (let index = nameStart; index < nameEnd; index++) {
    if (bytes[index] === SLASH || bytes[index] === 0) return false;
  }
  return nameEnd > nameStart;
}

/**
 * A name as text and as bytes.
 *
 * @param entry The name.
 * @returns Both; bytes that are not UTF-8 are U+FFFD in the text.
 */
export function decodeName(
  entry: RawName,
): { name: string; nameBytes: Uint8Array<ArrayBuffer> } {
  const nameBytes = entry.bytes.slice(entry.nameStart, entry.nameEnd);
  return { name: asciiName(entry) ?? decodeText(nameBytes), nameBytes };
}
