import { MAGIC, SLOT } from "./code_signature.ts";
import { type Entitlements, fromPlist } from "./entitlements.ts";
import { machOUnsupported } from "./macho_unsupported.ts";
import { readExactly, readMachO } from "./macho_file.ts";

/** Larger than any signature: that of a program of 4 GiB has 32 MiB. */
const MAX_SIZE = 2 ** 26;

/** What a signature says of itself. */
export interface MachOSignature {
  /** The name under which macOS knows the program. */
  readonly identifier: string;
  /** The flags of the code directory: 0x2 for ad-hoc, 0x10000 for the hardened runtime. */
  readonly flags: number;
  /** What the program may do: the entitlements that are true or false. */
  readonly entitlements: Entitlements;
}

/**
 * Reads what a Mach-O file's signature says. It does not check the signature: macOS does.
 *
 * @param path The file.
 * @returns The signature; `undefined` if the file has none.
 * @throws {SnapvmError} `macho-unsupported` if the file, or its signature, cannot be read.
 */
export async function readSignature(path: string): Promise<MachOSignature | undefined> {
  using file = await Deno.open(path, { read: true });
  const { signature } = await readMachO(file, path);
  if (signature === undefined) return undefined;
  if (signature.size > MAX_SIZE) throw broken(path);
  const blobs = splitSuperBlob(
    await readExactly(file, signature.offset, signature.size, path),
    path,
  );
  const directory = blobs.get(SLOT.codeDirectory);
  if (directory === undefined || directory.byteLength < 44) throw broken(path);
  const entitlements = blobs.get(SLOT.entitlements);
  return {
    identifier: readString(directory, directory.getUint32(20), path),
    flags: directory.getUint32(12),
    entitlements: entitlements === undefined
      ? {}
      : fromPlist(new TextDecoder().decode(content(entitlements))),
  };
}

/** The blobs of a signature by their slots. */
function splitSuperBlob(bytes: Uint8Array<ArrayBuffer>, path: string): Map<number, DataView> {
  const view = new DataView(bytes.buffer);
  const count = view.byteLength >= 12 && view.getUint32(0) === MAGIC.superBlob
    ? view.getUint32(8)
    : Infinity;
  if (12 + count * 8 > view.byteLength) throw broken(path);
  const blobs = new Map<number, DataView>();
  for (let index = 0; index < count; index++) {
    const offset = view.getUint32(16 + index * 8);
    const length = offset + 8 <= view.byteLength ? view.getUint32(offset + 4) : Infinity;
    if (length < 8 || offset + length > view.byteLength) throw broken(path);
    blobs.set(view.getUint32(12 + index * 8), new DataView(bytes.buffer, offset, length));
  }
  return blobs;
}

/** What a blob has after its magic and its length. */
function content(blob: DataView): Uint8Array {
  return new Uint8Array(blob.buffer, blob.byteOffset + 8, blob.byteLength - 8);
}

function readString(blob: DataView, offset: number, path: string): string {
  const bytes = new Uint8Array(blob.buffer, blob.byteOffset, blob.byteLength);
  const end = bytes.indexOf(0, offset);
  if (offset >= bytes.length || end === -1) throw broken(path);
  return new TextDecoder().decode(bytes.subarray(offset, end));
}

function broken(path: string): Error {
  return machOUnsupported(`Cannot read the signature of ${path}: it is broken`);
}
