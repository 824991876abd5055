import { SnapvmError } from "../../error/mod.ts";
import { type ByteSource, readStart } from "./byte_source.ts";
import { MAX_PE_HEADERS_SIZE, parsePe, type PeSection } from "./pe.ts";
import type { ByteRange } from "../root_fs.ts";

/** Far more than any command line or os-release needs; a longer text is damaged. */
const MAX_TEXT_SIZE = 65536;
/** Linkers leave less than a page to fill; without a limit a header of 40 bytes could ask for 4 GiB of zeros. */
const MAX_ZERO_FILL = 1 << 20;

/** Sections that a hypervisor has no use for if it starts the kernel itself, and why. */
const IGNORED: ReadonlyMap<string, string> = new Map([
  [".dtb", "the hypervisor describes its own hardware"],
  [".dtbauto", "the hypervisor describes its own hardware"],
  [".hwids", "it only chooses among device trees"],
  [".efifw", "the hypervisor has no firmware to replace"],
  [".splash", "there is no boot screen"],
  [".pcrsig", "there is no TPM to unseal for"],
  [".pcrpkey", "there is no TPM to unseal for"],
  [".sbat", "Secure Boot does not check a kernel that the hypervisor starts itself"],
]);

/** A section of a UKI that is not used. */
export interface IgnoredSection {
  /** The section's name. */
  readonly name: string;
  /** Why it is not used. */
  readonly reason: string;
}

/** The parts of a unified kernel image that its EFI stub would start, in its default profile. */
export interface Uki {
  /** The processor of its EFI stub, as `uname -m` names it. */
  readonly machine: string;
  /** The kernel, which may be compressed or an EFI zboot image. */
  readonly linux: ByteSource;
  /** The parts of the initramfs in order; each begins at a multiple of four bytes. */
  readonly initramfs: readonly ByteSource[];
  /** The kernel command line that it carries. */
  readonly commandLine?: string;
  /** The os-release file that it carries. */
  readonly osRelease?: string;
  /** The kernel's version, `uname -r`. */
  readonly uname?: string;
  /** The sections that are not used. */
  readonly ignored: readonly IgnoredSection[];
}

/**
 * Takes a unified kernel image (UKI) apart. Only its headers and its short texts are read.
 *
 * The initramfs is the microcode (`.ucode`) and then every `.initrd` in order, as systemd-stub loads them. If a UKI has
 * several profiles, the first one is used, as in systemd-boot unless somebody chooses another: the sections before the
 * first `.profile`, each replaced by the section of the same name in the first profile.
 *
 * @see {@link https://uapi-group.org/specifications/specs/unified_kernel_image/}
 * @param source The file.
 * @param path The file's path for errors.
 * @returns Its parts.
 * @throws {SnapvmError} `corrupt-kernel` if it is not a PE file, has no kernel, or has impossible sections.
 */
export async function readUki(source: ByteSource, path: string): Promise<Uki> {
  const pe = parsePe(await readStart(source, MAX_PE_HEADERS_SIZE), source.size, path);
  const sections = defaultProfile(pe.sections);
  const named = (name: string) => sections.filter((section) => section.name === name);
  const text = async (name: string) => {
    const [section] = named(name);
    return section && await readText(source, section, path);
  };
  const [linux] = named(".linux");
  if (linux === undefined) {
    throw corrupt(path, "it has no section .linux");
  }

  const initramfs = [...named(".ucode"), ...named(".initrd")];
  const total = initramfs.reduce((sum, section) => sum + section.virtualSize, 0);
  if (total > source.size + MAX_ZERO_FILL) {
    throw corrupt(path, "its .initrd sections overlap");
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
  if (virtualSize - inFile > MAX_ZERO_FILL) {
    throw corrupt(path, `${name} has ${virtualSize} bytes, but only ${inFile} in the file`);
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

/** A section's text, without the NULs at its end. */
async function readText(source: ByteSource, section: PeSection, path: string): Promise<string> {
  if (section.virtualSize > MAX_TEXT_SIZE) {
    throw corrupt(path, `${section.name} has ${section.virtualSize} bytes`);
  }
  const bytes = await readStart(sectionSource(source, section, path), MAX_TEXT_SIZE);
  return new TextDecoder().decode(bytes).replace(/\0[^]*$/, "");
}

function corrupt(path: string, why: string): SnapvmError {
  const message = `Cannot take ${path} apart as a UKI: ${why}`;
  return new SnapvmError("corrupt-kernel", message, { data: { path } });
}
