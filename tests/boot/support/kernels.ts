/**
 * Kernel files as tests need them. Their insides are whatever; their headers are what the kernel's documentation says.
 *
 * @module
 */

import { filter } from "./programs.ts";

/** Bytes that look random, always the same, and compress a little. */
export function noise(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = i % 3 === 0 ? 0 : state >>> 24;
  }
  return bytes;
}

/** A raw arm64 kernel (Documentation/arch/arm64/booting.rst). */
export function arm64Image(size = 300_000): Uint8Array<ArrayBuffer> {
  const image = noise(size);
  image.set(new TextEncoder().encode("MZ"), 0);
  image.set(new TextEncoder().encode("ARM\x64"), 0x38);
  return image;
}

/** An x86 kernel (Documentation/arch/x86/boot.rst); default: of 64 bits. */
export function bzImage(
  { version = "6.1.0-1-test", is64 = true, size = 200_704 } = {},
): Uint8Array<ArrayBuffer> {
  const image = noise(size);
  const view = new DataView(image.buffer);
  const setupSectors = 7;
  view.setUint8(0x1f1, setupSectors);
  view.setUint32(0x1f4, (size - (setupSectors + 1) * 512) / 16, true);
  view.setUint16(0x1fe, 0xaa55, true);
  image.set(new TextEncoder().encode("HdrS"), 0x202);
  view.setUint16(0x206, 0x020f, true);
  view.setUint16(0x20e, 0x400, true);
  view.setUint16(0x236, is64 ? 1 : 0, true);
  image.set(new TextEncoder().encode(`${version} (root@host) #1 SMP\0`), 0x600);
  return image;
}

/** The header of an EFI zboot image before a payload (drivers/firmware/efi/libstub/zboot-header.S). */
export function zboot(type: string, payload: Uint8Array, trailing = 0): Uint8Array<ArrayBuffer> {
  const payloadOffset = 0x1000;
  const image = new Uint8Array(payloadOffset + payload.length + trailing);
  const view = new DataView(image.buffer);
  image.set(new TextEncoder().encode("MZ\0\0zimg"), 0);
  view.setUint32(0x08, payloadOffset, true);
  view.setUint32(0x0c, payload.length, true);
  image.set(new TextEncoder().encode(type), 0x18);
  view.setUint32(0x38, 0x818223cd, true);
  view.setUint32(0x3c, 0x40, true);
  image.set(payload, payloadOffset);
  return image;
}

/** The programs that the kernel's build compresses with (scripts/Makefile.lib), and those that people run. */
export const COMPRESSORS = {
  gzip: ["gzip", "-9", "-n"],
  zstd: ["zstd", "-q", "-5"],
  zstd22: ["zstd", "-q", "--ultra", "-22"],
  xzkern: ["xz", "--check=crc32", "--lzma2=,dict=1MiB"],
  xz: ["xz", "-6"],
  lz4: ["lz4", "-q", "-l", "-9", "-", "-"],
  lzma: ["xz", "--format=lzma"],
  lzo: ["lzop", "-q", "-9"],
} as const;

/** Compresses with somebody else's program. */
export async function compress(
  type: keyof typeof COMPRESSORS,
  bytes: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  return await filter(COMPRESSORS[type], bytes);
}
