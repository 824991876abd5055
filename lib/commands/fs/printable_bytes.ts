import { printableName } from "./entry.ts";
import { exactText } from "./exact_text.ts";

/**
 * The bytes of a name as {@linkcode printableName} shows it. If they are not UTF-8, those beyond ASCII are shown as
 * `\xe9`.
 */
export function printableBytes(name: Uint8Array): string {
  const text = exactText(name);
  if (text !== undefined) return printableName(text);
  return Array.from(name, (byte) => {
    return byte < 0x80 ? printableName(String.fromCharCode(byte)) : `\\x${byte.toString(16)}`;
  }).join("");
}
