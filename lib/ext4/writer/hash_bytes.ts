/** Differs in each process, so that nobody can choose names that all have the same hash. */
const SEED = crypto.getRandomValues(new Uint32Array(1))[0]!;

/** A hash of a number and some bytes, for tables in memory: a signed 32-bit number. */
export function hashBytes(number: number, bytes: Uint8Array): number {
  let hash = Math.imul(SEED ^ number, 0x9e3779b1);
  for (let index = 0; index < bytes.length; index++) {
    hash = Math.imul(hash ^ bytes[index]!, 0x01000193);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Whether the bytes of `memory` at `start` are these. */
export function hasBytesAt(memory: Uint8Array, start: number, bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) {
    if (memory[start + index] !== bytes[index]) return false;
  }
  return true;
}
