import { CorruptKernel } from "../errors.ts";

/** How much of a file's start is read for its PE headers; a UKI of a hundred sections needs 5 KiB. */
export const PE_HEADERS_MAX = 16384;

const COFF_HEADER_SIZE = 24;
const SECTION_HEADER_SIZE = 40;

/** Processors by the number that a PE file carries, in the words of `uname -m`. */
const MACHINES: ReadonlyMap<number, string> = new Map([
  [0x014c, "i386"],
  [0x01c0, "arm"],
  [0x01c2, "arm"],
  [0x01c4, "arm"],
  [0x01f0, "ppc"],
  [0x0200, "ia64"],
  [0x5032, "riscv32"],
  [0x5064, "riscv64"],
  [0x5128, "riscv128"],
  [0x6232, "loongarch32"],
  [0x6264, "loongarch64"],
  [0x8664, "x86_64"],
  [0xaa64, "aarch64"],
]);

/** One section of a PE file. */
export interface PeSection {
  /** The name, at most 8 bytes: `.linux`. */
  readonly name: string;
  /** How many bytes the section has in memory; what lies in the file beyond them is padding. */
  readonly virtualSize: number;
  /** How many bytes the file holds of it; with fewer than `virtualSize` the rest is zeros. */
  readonly rawSize: number;
  /** Where they begin, in bytes from the file's start. */
  readonly rawOffset: number;
}

/** What the headers of a PE file say. */
export interface Pe {
  /** The processor, in the words of `uname -m`, or `PE machine 0x1234`. */
  readonly machine: string;
  /** The sections, in the order of the section table. */
  readonly sections: readonly PeSection[];
}

/**
 * Reads the headers of a PE file (Portable Executable, the format of EFI programs).
 *
 * @see {@link https://learn.microsoft.com/windows/win32/debug/pe-format}
 * @param start The file's first {@linkcode PE_HEADERS_MAX} bytes, or all of a shorter one.
 * @param fileSize The file's whole size in bytes.
 * @param path What the file is called in errors.
 * @returns The processor and the sections.
 * @throws {CorruptKernel} If it is no PE file, or a section lies outside the file.
 */
export function parsePe(start: Uint8Array<ArrayBuffer>, fileSize: number, path: string): Pe {
  const corrupt = (why: string) => new CorruptKernel(`Cannot read ${path} as a PE file: ${why}`);
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  if (start.length < 0x40 || view.getUint16(0, true) !== 0x5a4d) {
    throw corrupt("it does not begin with MZ");
  }
  const header = view.getUint32(0x3c, true);
  if (header + COFF_HEADER_SIZE > start.length) throw corrupt("its header lies beyond its start");
  if (view.getUint32(header, true) !== 0x4550) throw corrupt("its header does not say PE");
  const machine = view.getUint16(header + 4, true);
  const numberOfSections = view.getUint16(header + 6, true);
  const sizeOfOptionalHeader = view.getUint16(header + 20, true);

  const table = header + COFF_HEADER_SIZE + sizeOfOptionalHeader;
  if (table + numberOfSections * SECTION_HEADER_SIZE > start.length) {
    throw corrupt(`its table of ${numberOfSections} sections lies beyond its start`);
  }
  const sections: PeSection[] = [];
  for (let i = 0; i < numberOfSections; i++) {
    const at = table + i * SECTION_HEADER_SIZE;
    const name = sectionName(start.subarray(at, at + 8));
    const virtualSize = view.getUint32(at + 8, true);
    const rawSize = view.getUint32(at + 16, true);
    const rawOffset = view.getUint32(at + 20, true);
    const inFile = Math.min(rawSize, virtualSize);
    if (inFile > 0 && rawOffset + inFile > fileSize) {
      throw corrupt(`its section ${name} ends beyond the file's end; the file may be cut short`);
    }
    sections.push({ name, virtualSize, rawSize, rawOffset });
  }
  return { machine: MACHINES.get(machine) ?? `PE machine 0x${machine.toString(16)}`, sections };
}

function sectionName(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return String.fromCharCode(...(end < 0 ? bytes : bytes.subarray(0, end)));
}
