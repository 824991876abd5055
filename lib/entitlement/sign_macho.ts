import { PartialOutput, sha256, writeAll } from "../host/mod.ts";
import { makeSignature, PAGE_SIZE, type SignedCode } from "./code_signature.ts";
import type { Entitlements } from "./entitlements.ts";
import { machOUnsupported } from "./macho_unsupported.ts";
import {
  addSignatureCommand,
  CPU_TYPE_ARM64,
  type MachOFile,
  MH_EXECUTE,
  readExactly,
  readMachO,
} from "./macho_file.ts";

/** Linkers start a signature at a multiple of this. */
const SIGNATURE_ALIGNMENT = 16;
/** A page of memory on Apple silicon: segments end at a multiple of it. */
const MEMORY_PAGE_SIZE = 0x4000;
/** How much of the file is in memory at once. */
const CHUNK_SIZE = 256 * PAGE_SIZE;

/** How {@linkcode signMachO} signs. */
export interface SignOptions {
  /** The name under which macOS knows the program: `dev.snapvm`. */
  readonly identifier: string;
  /** What the program may do. */
  readonly entitlements: Entitlements;
}

/**
 * Writes a copy of a Mach-O file for Apple silicon with an ad-hoc signature of its own, as `codesign --sign -` does
 * if Apple's Command Line Tools are installed. The file's own signature, if it has one, is not in the copy.
 *
 * @param source The file.
 * @param target Where the copy will be; there is no file yet.
 * @param options Its name and what it may do.
 * @throws {SnapvmError} `macho-unsupported` if the file is not a Mach-O file for Apple silicon, or has bytes after its signature.
 */
export async function signMachO(
  source: string,
  target: string,
  options: SignOptions,
): Promise<void> {
  using input = await Deno.open(source, { read: true });
  const machO = await readMachO(input, source);
  if (machO.cpuType !== CPU_TYPE_ARM64) {
    throw machOUnsupported(`Cannot sign ${source}: it is not for Apple silicon`);
  }
  const { size, mode } = await input.stat();
  const code = signedCode(machO, size, source, options);
  const { head } = machO;
  const placeholders = Array.from(
    { length: Math.ceil(code.codeLimit / PAGE_SIZE) },
    () => new Uint8Array(32),
  );
  updateCommands(
    machO,
    code.codeLimit,
    align((await makeSignature(code, placeholders)).length, SIGNATURE_ALIGNMENT),
    source,
  );

  await using copy = await PartialOutput.begin(target);
  using output = await Deno.open(copy.path, { write: true, createNew: true, mode: mode ?? 0o755 });
  const hashes = await copyAndHash(input, output, head, code.codeLimit, size, source);
  const signature = await makeSignature(code, hashes);
  const padded = new Uint8Array(align(signature.length, SIGNATURE_ALIGNMENT));
  padded.set(signature);
  await writeAll(output, padded);
  await output.sync();
  await copy.commit();
}

function signedCode(
  machO: MachOFile,
  size: number,
  source: string,
  options: SignOptions,
): SignedCode {
  const { signature, linkEdit } = machO;
  const end = signature === undefined
    ? linkEdit.fileOffset + linkEdit.fileSize
    : signature.offset + signature.size;
  if (end !== size) {
    throw machOUnsupported(
      `Cannot sign ${source}: it has ${size} bytes, and its load commands describe ${end}`,
    );
  }
  return {
    identifier: options.identifier,
    entitlements: options.entitlements,
    codeLimit: signature?.offset ?? align(size, SIGNATURE_ALIGNMENT),
    text: machO.text,
    isExecutable: machO.fileType === MH_EXECUTE,
  };
}

/** Notes in the head where the signature will be. */
function updateCommands(
  { head, signature, linkEdit }: MachOFile,
  offset: number,
  size: number,
  source: string,
): void {
  const view = new DataView(head.buffer);
  const command = signature?.command ?? addSignatureCommand(head, source);
  view.setUint32(command + 8, offset, true); // dataoff
  view.setUint32(command + 12, size, true); // datasize
  const fileSize = offset + size - linkEdit.fileOffset;
  const memorySize = align(fileSize, MEMORY_PAGE_SIZE);
  view.setBigUint64(linkEdit.command + 32, BigInt(memorySize), true); // vmsize
  view.setBigUint64(linkEdit.command + 48, BigInt(fileSize), true); // filesize
}

/** Copies everything that is signed, with the head as it is now, and returns the hash of each page. */
async function copyAndHash(
  input: Deno.FsFile,
  output: Deno.FsFile,
  head: Uint8Array,
  codeLimit: number,
  size: number,
  source: string,
): Promise<Uint8Array[]> {
  const hashes: Uint8Array[] = [];
  for (let offset = 0; offset < codeLimit; offset += CHUNK_SIZE) {
    const chunk = new Uint8Array(Math.min(CHUNK_SIZE, codeLimit - offset));
    // A file without a signature may end a few bytes before the place of its first one.
    const available = Math.min(chunk.length, size - offset);
    chunk.set(await readExactly(input, offset, available, source));
    if (offset < head.length) chunk.set(head.subarray(offset, offset + chunk.length));
    const pages = Array.from(
      { length: Math.ceil(chunk.length / PAGE_SIZE) },
      (_, page) => sha256(chunk.subarray(page * PAGE_SIZE, (page + 1) * PAGE_SIZE)),
    );
    hashes.push(...await Promise.all(pages));
    await writeAll(output, chunk);
  }
  return hashes;
}

function align(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
