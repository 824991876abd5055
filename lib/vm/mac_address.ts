import { sha256 } from "../host/mod.ts";

/**
 * The address of a network card, always the same for the same name.
 *
 * @param name The card's name.
 * @returns Six bytes in hexadecimal, with colons: locally administered and unicast (IEEE 802, 8.2.2).
 */
export async function macAddress(name: string): Promise<string> {
  const bytes = (await sha256(`snapvm network card ${name}`)).subarray(0, 6);
  bytes[0] = (bytes[0] as number) & 0xfc | 0x02;
  return bytes.toHex().replace(/..(?!$)/g, "$&:");
}
