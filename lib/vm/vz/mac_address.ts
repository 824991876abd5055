import { createHash } from "node:crypto";

/**
 * The address of a machine's network card, always the same for the same name: macOS leases a network address for a day
 * to each card that it sees, and has 253 of them.
 *
 * @param name The machine's name.
 * @returns Six bytes in hexadecimal, with colons: locally administered and unicast (IEEE 802, 8.2.2).
 */
export function macAddress(name: string): string {
  const bytes = createHash("sha256").update(`snapvm network card of ${name}`).digest().subarray(
    0,
    6,
  );
  bytes[0] = (bytes[0] as number) & 0xfc | 0x02;
  return bytes.toString("hex").replace(/..(?!$)/g, "$&:");
}
