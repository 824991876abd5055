import { isBzImage, parseBzImage } from "./bzimage.ts";
import { type Compression, detectCompression } from "../compression/decompress.ts";
import { parsePe } from "./pe.ts";
import { isZboot, parseZboot } from "./zboot.ts";

/** How much of a file's start {@linkcode detectKernelFormat} wants: x86 kernels have their version in it. */
export const KERNEL_START_SIZE = 65536;

/** Processors by their numbers in ELF files (include/uapi/linux/elf-em.h), as `uname -m` names them. */
const ELF_MACHINES: ReadonlyMap<number, string> = new Map([
  [3, "i386"],
  [20, "ppc"],
  [21, "ppc64"],
  [22, "s390x"],
  [40, "arm"],
  [62, "x86_64"],
  [183, "aarch64"],
  [243, "riscv"],
  [258, "loongarch"],
]);

const OTHER_MACHINE = "there are machines for x86_64 and aarch64 only";

/** What the bytes of a kernel file are. */
export type KernelFormat =
  /** One that a hypervisor starts. */
  | {
    readonly kind: "startable";
    readonly name: string;
    readonly architecture: string;
    readonly version?: string;
    /** The smallest size in bytes that the file can have; a smaller one was cut short. */
    readonly minimumSize: number;
  }
  /** One with another file in it, compressed. */
  | {
    readonly kind: "packed";
    readonly name: string;
    readonly compression: Compression;
    readonly offset: number;
    readonly length: number;
  }
  /** One that cannot be started, and why. */
  | {
    readonly kind: "unusable";
    readonly name: string;
    readonly reason: string;
  };

/**
 * Recognizes a kernel file by its first bytes.
 *
 * @param start The first {@linkcode KERNEL_START_SIZE} bytes, or all of a shorter file.
 * @param size The file's size in bytes, or `undefined` if it is not known.
 * @param path The file's path for errors.
 * @returns The format.
 * @throws {SnapvmError} `corrupt-kernel` if it begins like a format and then contradicts it.
 */
export function detectKernelFormat(
  start: Uint8Array<ArrayBuffer>,
  size: number | undefined,
  path: string,
): KernelFormat {
  if (isZboot(start)) {
    const { type, compression, payloadOffset, payloadSize } = parseZboot(start, size, path);
    const name = `zboot ${type}`;
    if (compression === undefined) {
      return { kind: "unusable", name, reason: "no known kernel is packed that way" };
    }
    return { kind: "packed", name, compression, offset: payloadOffset, length: payloadSize };
  }
  if (hasText(start, 0x38, "ARM\x64")) {
    return { kind: "startable", name: "arm64 Image", architecture: "aarch64", minimumSize: 64 };
  }
  if (isBzImage(start)) {
    return { kind: "startable", name: "x86 bzImage", ...parseBzImage(start, path) };
  }
  const compression = detectCompression(start);
  if (compression !== undefined) {
    return { kind: "packed", name: compression, compression, offset: 0, length: Infinity };
  }
  if (hasText(start, 0, "\x7fELF")) {
    const name = `ELF vmlinux for ${elfMachine(start)}`;
    return { kind: "unusable", name, reason: "hypervisors start the form that boot loaders take" };
  }
  if (hasText(start, 0x38, "RSC\x05")) {
    return { kind: "unusable", name: "RISC-V Image", reason: OTHER_MACHINE };
  }
  if (hasText(start, 0, "MZ")) {
    const name = `EFI program for ${parsePe(start, size ?? Infinity, path).machine}`;
    return { kind: "unusable", name, reason: "it is not a known kernel" };
  }
  return { kind: "unusable", name: "unknown format", reason: "no kernel begins with such bytes" };
}

function hasText(bytes: Uint8Array, offset: number, text: string): boolean {
  return String.fromCharCode(...bytes.subarray(offset, offset + text.length)) === text;
}

function elfMachine(start: Uint8Array): string {
  const [low = 0, high = 0] = start.subarray(0x12, 0x14);
  const machine = start[5] === 2 ? low << 8 | high : high << 8 | low;
  return ELF_MACHINES.get(machine) ?? `ELF machine ${machine}`;
}
