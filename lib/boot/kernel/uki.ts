import { type ByteSource, readStart } from "./byte_source.ts";
import { CorruptKernel } from "../errors.ts";
import { parsePe, PE_HEADERS_MAX, type PeSection } from "./pe.ts";
import type { ByteRange } from "../root_fs.ts";

/** Far more than any command line or os-release has; a section of text that is longer is damage. */
const TEXT_MAX = 65536;
/** Linkers leave less than a page unfilled; without a limit a header of 40 bytes could ask for 4 GiB of zeros. */
const ZERO_FILL_MAX = 1 << 20;

/** Why the sections that a UKI may have are of no use to a hypervisor that starts the kernel itself. */
const IGNORED: ReadonlyMap<string, string> = new Map([
  [".dtb", "the hypervisor describes its own hardware"],
  [".dtbauto", "the hypervisor describes its own hardware"],
  [".hwids", "it only chooses among device trees"],
  [".efifw", "the hypervisor has no firmware to replace"],
  [".splash", "there is no boot screen"],
  [".pcrsig", "there is no TPM to unseal for"],
  [".pcrpkey", "there is no TPM to unseal for"],
  [".sbat", "Secure Boot is not in the way of a kernel that the hypervisor starts itself"],
]);

/** A section of a UKI that is not used. */
export interface IgnoredSection {
  /** The section's name. */
  readonly name: string;
  /** Why it is not used. */
  readonly reason: string;
}

/** A unified kernel image taken apart: what its EFI stub would start, in its default profile. */
export interface Uki {
  /** The processor of its EFI stub, in the words of `uname -m`. */
  readonly machine: string;
  /** The kernel, which may be compressed or an EFI zboot image itself. */
  readonly linux: ByteSource;
  /** The parts of the initramfs in their order; each begins at a multiple of four bytes. */
  readonly initramfs: readonly ByteSource[];
  /** The kernel command line that it carries. */
  readonly commandLine?: string;
  /** The os-release file that it carries. */
  readonly osRelease?: string;
  /** The kernel's version, `uname -r`. */
  readonly uname?: string;
  /** What it has beyond that. */
  readonly ignored: readonly IgnoredSection[];
}

/**
 * Takes a unified kernel image (UKI) apart. Only its headers and its short texts are read.
 *
 * Microcode (`.ucode`) comes before the initramfs, and each further `.initrd` after the one before, as systemd-stub
 * loads them. Of a UKI with several profiles the first one is used, as systemd-boot does unless somebody chooses:
 * the sections before the first `.profile`, each replaced by its namesake in the first profile.
 *
 * @see {@link https://uapi-group.org/specifications/specs/unified_kernel_image/}
 * @param source The file.
 * @param path What it is called in errors.
 * @returns Its parts.
 * @throws {CorruptKernel} If it is no PE file, has no kernel, or its sections cannot be what they claim.
 */
export async function readUki(source: ByteSource, path: string): Promise<Uki> {
  const pe = parsePe(await readStart(source, PE_HEADERS_MAX), source.size, path);
  const sections = defaultProfile(pe.sections);
  const named = (name: string) => sections.filter((section) => section.name === name);
  const text = async (name: string) => {
    const [section] = named(name);
    return section && await readText(source, section, path);
  };
  const [linux] = named(".linux");
  if (linux === undefined) {
    throw new CorruptKernel(`Cannot take ${path} apart as a UKI: it has no section .linux`);
  }

  const initramfs = [...named(".ucode"), ...named(".initrd")];
  const total = initramfs.reduce((sum, section) => sum + section.virtualSize, 0);
  if (total > source.size + ZERO_FILL_MAX) {
    throw new CorruptKernel(`Cannot take ${path} apart: its .initrd sections overlap`);
  }
  const commandLine = await text(".cmdline");
  const osRelease = await text(".osrel");
  const uname = await text(".uname");
  return {
    machine: pe.machine,
    linux: sectionSource(source, linux, path),
    initramfs: initramfs.map((section) => sectionSource(source, section, path)),
    ...(commandLine !== undefined && { commandLine: commandLine.replace(/\p{Cc}/gu, " ").trim() }),
    ...(osRelease !== undefined && { osRelease }),
    ...(uname !== undefined && { uname: uname.trim() }),
    ignored: sections.flatMap(({ name }) => {
      const reason = IGNORED.get(name);
      return reason === undefined ? [] : [{ name, reason }];
    }),
  };
}

/** The sections that count in the default profile. */
function defaultProfile(sections: readonly PeSection[]): readonly PeSection[] {
  const starts = sections.flatMap(({ name }, index) => name === ".profile" ? [index] : []);
  const [first, second] = starts;
  if (first === undefined) return sections;
  const profile = sections.slice(first, second);
  const replaced = new Set(profile.map(({ name }) => name));
  return [...sections.slice(0, first).filter(({ name }) => !replaced.has(name)), ...profile];
}

function sectionSource(source: ByteSource, section: PeSection, path: string): ByteSource {
  const { name, virtualSize, rawSize, rawOffset } = section;
  const inFile = Math.min(rawSize, virtualSize);
  if (virtualSize - inFile > ZERO_FILL_MAX) {
    throw new CorruptKernel(
      `Cannot take ${path} apart: ${name} has ${virtualSize} bytes, but only ${inFile} in the file`,
    );
  }
  return {
    size: virtualSize,
    async *read({ offset = 0, length = Infinity }: ByteRange = {}) {
      const end = Math.min(offset + length, virtualSize);
      if (offset < Math.min(end, inFile)) {
        yield* source.read({ offset: rawOffset + offset, length: Math.min(end, inFile) - offset });
      }
      const zeros = end - Math.max(offset, inFile);
      if (zeros > 0) yield new Uint8Array(zeros);
    },
  };
}

/** A section's text, without the NULs that may fill it up. */
async function readText(source: ByteSource, section: PeSection, path: string): Promise<string> {
  if (section.virtualSize > TEXT_MAX) {
    throw new CorruptKernel(
      `Cannot take ${path} apart: ${section.name} has ${section.virtualSize} bytes`,
    );
  }
  const bytes = await readStart(sectionSource(source, section, path), TEXT_MAX);
  return new TextDecoder().decode(bytes).replace(/\0[^]*$/, "");
}
