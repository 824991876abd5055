import { readAt } from "../host/mod.ts";
import { machOUnsupported } from "./macho_unsupported.ts";

/** `MH_MAGIC_64`, as a little-endian file has it. */
const MAGIC = 0xfeedfacf;
/** `FAT_MAGIC`: several Mach-O files in one, for several processors. */
const FAT_MAGIC = 0xcafebabe;
const HEADER_SIZE = 32;
/** More than any linker writes; a file that claims more is not read. */
const MAX_COMMANDS_SIZE = 2 ** 20;

const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
/** An LC_CODE_SIGNATURE is a `linkedit_data_command`. */
const SIGNATURE_COMMAND_SIZE = 16;
const SEGMENT_COMMAND_SIZE = 72;
const SECTION_SIZE = 80;

/** `cputype` of Apple silicon. */
export const CPU_TYPE_ARM64 = 0x0100000c;
/** `filetype` of a main executable. */
export const MH_EXECUTE = 2;

/** A segment, as its load command says. */
export interface Segment {
  /** Where its load command is, in bytes from the file's start. */
  readonly command: number;
  /** `fileoff`: where its content starts in the file. */
  readonly fileOffset: number;
  /** `filesize`: the content's length in bytes. */
  readonly fileSize: number;
}

/** What the load commands of a Mach-O file say about its signature. */
export interface MachOFile {
  /** Header and load commands: everything before the first section. */
  readonly head: Uint8Array<ArrayBuffer>;
  /** `cputype`. */
  readonly cpuType: number;
  /** `filetype`. */
  readonly fileType: number;
  /** The segment with the program's code. */
  readonly text: Segment;
  /** The last segment, at whose end the signature is. */
  readonly linkEdit: Segment;
  /** Where the signature's load command is and what it says; absent if the file has none. */
  readonly signature:
    | { readonly command: number; readonly offset: number; readonly size: number }
    | undefined;
}

/**
 * Reads the header and the load commands of a 64-bit Mach-O file, as `<mach-o/loader.h>` of Apple's open-source XNU
 * defines them.
 *
 * @param file The file; its position is changed.
 * @param path Its name, for errors.
 * @returns What its signature depends on.
 * @throws {SnapvmError} `macho-unsupported` if it is not one.
 */
export async function readMachO(file: Deno.FsFile, path: string): Promise<MachOFile> {
  const header = new DataView((await readExactly(file, 0, HEADER_SIZE, path)).buffer);
  if (header.getUint32(0) === FAT_MAGIC) {
    throw machOUnsupported(`Cannot read ${path}: it is for several processors`);
  }
  if (header.getUint32(0, true) !== MAGIC) {
    throw machOUnsupported(`Cannot read ${path}: it is not a 64-bit Mach-O file`);
  }
  const commandsSize = header.getUint32(20, true); // sizeofcmds
  if (commandsSize > MAX_COMMANDS_SIZE) {
    throw machOUnsupported(`Cannot read ${path}: its load commands are too long`);
  }
  const commands = await readExactly(file, 0, HEADER_SIZE + commandsSize, path);
  const found = findCommands(new DataView(commands.buffer), path);
  const room = Math.min(found.firstSection, HEADER_SIZE + MAX_COMMANDS_SIZE);
  const head = await readExactly(file, 0, Math.max(room, commands.length), path);
  return {
    head,
    cpuType: header.getUint32(4, true),
    fileType: header.getUint32(12, true),
    text: found.text,
    linkEdit: found.linkEdit,
    signature: found.signature,
  };
}

/**
 * Makes room for a signature's load command after the others.
 *
 * @param head Header and load commands, which are changed.
 * @param path The file's name, for errors.
 * @returns Where the command is.
 * @throws {SnapvmError} `macho-unsupported` if there is no room.
 */
export function addSignatureCommand(head: Uint8Array<ArrayBuffer>, path: string): number {
  const view = new DataView(head.buffer);
  const size = view.getUint32(20, true);
  const command = HEADER_SIZE + size;
  if (command + SIGNATURE_COMMAND_SIZE > head.length) {
    throw machOUnsupported(`Cannot sign ${path}: there is no room for another load command`);
  }
  view.setUint32(16, view.getUint32(16, true) + 1, true); // ncmds
  view.setUint32(20, size + SIGNATURE_COMMAND_SIZE, true); // sizeofcmds
  view.setUint32(command, LC_CODE_SIGNATURE, true);
  view.setUint32(command + 4, SIGNATURE_COMMAND_SIZE, true); // cmdsize
  return command;
}

/**
 * Reads bytes of a file.
 *
 * @param file The file; its position is changed.
 * @param offset Where, in bytes from its start.
 * @param length How many.
 * @param path Its name, for errors.
 * @throws {SnapvmError} `macho-unsupported` if the file ends before.
 */
export async function readExactly(
  file: Deno.FsFile,
  offset: number,
  length: number,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  if (await readAt(file, offset, bytes) < length) {
    throw machOUnsupported(`Cannot read ${path}: it ends too early`);
  }
  return bytes;
}

interface FoundCommands {
  readonly text: Segment;
  readonly linkEdit: Segment;
  readonly signature: MachOFile["signature"];
  /** Where the first section's content is: load commands can grow up to there. */
  readonly firstSection: number;
}

function findCommands(view: DataView, path: string): FoundCommands {
  const segments = new Map<string, Segment>();
  let signature: MachOFile["signature"];
  let firstSection = Infinity;
  const count = view.getUint32(16, true); // ncmds
  let offset = HEADER_SIZE;
  for (let index = 0; index < count; index++) {
    const size = offset + 8 <= view.byteLength ? view.getUint32(offset + 4, true) : 0;
    if (size < 8 || offset + size > view.byteLength) {
      throw machOUnsupported(`Cannot read ${path}: its load command ${index} is broken`);
    }
    const command = view.getUint32(offset, true);
    if (command === LC_SEGMENT_64 && size >= SEGMENT_COMMAND_SIZE) {
      segments.set(segmentName(view, offset), {
        command: offset,
        fileOffset: Number(view.getBigUint64(offset + 40, true)),
        fileSize: Number(view.getBigUint64(offset + 48, true)),
      });
      firstSection = Math.min(firstSection, firstContent(view, offset, size));
    }
    if (command === LC_CODE_SIGNATURE && size >= SIGNATURE_COMMAND_SIZE) {
      signature = {
        command: offset,
        offset: view.getUint32(offset + 8, true), // dataoff
        size: view.getUint32(offset + 12, true), // datasize
      };
    }
    offset += size;
  }
  const text = segments.get("__TEXT");
  const linkEdit = segments.get("__LINKEDIT");
  if (text === undefined || linkEdit === undefined) {
    throw machOUnsupported(`Cannot read ${path}: it has no __TEXT or no __LINKEDIT segment`);
  }
  return {
    text,
    linkEdit,
    signature,
    firstSection: Number.isFinite(firstSection) ? firstSection : 0,
  };
}

function segmentName(view: DataView, offset: number): string {
  const bytes = new Uint8Array(view.buffer, offset + 8, 16);
  return new TextDecoder().decode(bytes).replace(/\0.*$/s, "");
}

/** The lowest offset of a segment's sections that have content in the file. */
function firstContent(view: DataView, segment: number, size: number): number {
  const count = Math.min(
    view.getUint32(segment + 64, true), // nsects
    Math.floor((size - SEGMENT_COMMAND_SIZE) / SECTION_SIZE),
  );
  let first = Infinity;
  for (let index = 0; index < count; index++) {
    const offset = view.getUint32(segment + SEGMENT_COMMAND_SIZE + index * SECTION_SIZE + 48, true);
    if (offset > 0) first = Math.min(first, offset);
  }
  return first;
}
