import { createHash } from "node:crypto";

/**
 * The address of a network card, always the same for the same name.
 *
 * @param name The card's name.
 * @returns Six bytes in hexadecimal, with colons: locally administered and unicast (IEEE 802, 8.2.2).
 */
export function macAddress(name: string): string {
  const hash = createHash("sha256").update(`snapvm network card ${name}`).digest();
  const bytes = hash.subarray(0, 6);
  bytes[0] = (bytes[0] as number) & 0xfc | 0x02;
  return bytes.toString("hex").replace(/..(?!$)/g, "$&:");
}
