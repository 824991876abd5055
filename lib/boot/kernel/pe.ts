import { SnapvmError } from "../../error/mod.ts";

/** How much of a file is read for its PE headers; a UKI with a hundred sections needs 5 KiB. */
export const MAX_PE_HEADERS_SIZE = 16384;

const COFF_HEADER_SIZE = 24;
const SECTION_HEADER_SIZE = 40;

/** Processors by their numbers in PE files, as `uname -m` names them. */
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
  /** How many bytes the section has in memory; more bytes in the file are padding. */
  readonly virtualSize: number;
  /** How many bytes the file has of it; if they are fewer than `virtualSize`, the rest is zeros. */
  readonly rawSize: number;
  /** Their position in the file, in bytes. */
  readonly rawOffset: number;
}

/** The headers of a PE file. */
export interface Pe {
  /** The processor, as `uname -m` names it, or `PE machine 0x1234`. */
  readonly machine: string;
  /** The sections, in the order of the section table. */
  readonly sections: readonly PeSection[];
}

/**
 * Reads the headers of a PE file (Portable Executable, the format of EFI programs).
 *
 * @see {@link https://learn.microsoft.com/windows/win32/debug/pe-format}
 * @param start The file's first {@linkcode MAX_PE_HEADERS_SIZE} bytes, or all of a shorter one.
 * @param fileSize The file's whole size in bytes.
 * @param path The file's path for errors.
 * @returns The processor and the sections.
 * @throws {SnapvmError} `corrupt-kernel` if it is not a PE file, or a section lies outside the file.
 */
export function parsePe(start: Uint8Array<ArrayBuffer>, fileSize: number, path: string): Pe {
  const corrupt = (why: string) => {
    const message = `Cannot read ${path} as a PE file: ${why}`;
    return new SnapvmError("corrupt-kernel", message, { data: { path } });
  };
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
