import { sha256 } from "../host/mod.ts";
import { type Entitlements, toDer, toPlist } from "./entitlements.ts";

/** The unit of hashing, 4 KiB: what linkers use on every Mac. */
export const PAGE_SIZE = 4096;

/** `osfmk/kern/cs_blobs.h` of Apple's open-source XNU. All numbers in a signature are big-endian. */
export const MAGIC = {
  requirements: 0xfade0c01,
  codeDirectory: 0xfade0c02,
  cms: 0xfade0b01,
  superBlob: 0xfade0cc0,
  entitlements: 0xfade7171,
  derEntitlements: 0xfade7172,
} as const;

/** The slots of a signature: which blob is what, and where its hash is in the code directory. */
export const SLOT = {
  codeDirectory: 0,
  requirements: 2,
  entitlements: 5,
  derEntitlements: 7,
  cms: 0x10000,
} as const;

const HASH_SIZE = 32;
const HASH_TYPE_SHA256 = 2;
/** With execSegBase, execSegLimit and execSegFlags: the newest that an ad-hoc signature needs. */
const VERSION = 0x20400;
const CODE_DIRECTORY_SIZE = 88;
/** Nobody vouches for the code; the signature only shows that it has not changed. */
const CS_ADHOC = 0x2;
const CS_EXECSEG_MAIN_BINARY = 0x1;

/** What is signed. */
export interface SignedCode {
  /** The name under which macOS knows the program. */
  readonly identifier: string;
  /** How many bytes are signed: all before the signature. */
  readonly codeLimit: number;
  /** Where the segment `__TEXT` is in the file. */
  readonly text: { readonly fileOffset: number; readonly fileSize: number };
  /** Whether it is a program and not a library. */
  readonly isExecutable: boolean;
  /** What the program may do. */
  readonly entitlements: Entitlements;
}

/**
 * Makes an ad-hoc signature.
 *
 * @param code What is signed.
 * @param pageHashes SHA-256 of each {@linkcode PAGE_SIZE} bytes of it, the last page as long as it is.
 * @returns The signature; its length does not depend on the hashes' values.
 */
export async function makeSignature(
  code: SignedCode,
  pageHashes: readonly Uint8Array[],
): Promise<Uint8Array<ArrayBuffer>> {
  const requirements = blob(MAGIC.requirements, new Uint8Array(4));
  const plist = new TextEncoder().encode(toPlist(code.entitlements));
  const entitlements = blob(MAGIC.entitlements, plist);
  const derEntitlements = blob(MAGIC.derEntitlements, toDer(code.entitlements));
  const special = new Map([
    [SLOT.requirements, await sha256(requirements)],
    [SLOT.entitlements, await sha256(entitlements)],
    [SLOT.derEntitlements, await sha256(derEntitlements)],
  ]);
  return superBlob([
    [SLOT.codeDirectory, codeDirectory(code, special, pageHashes)],
    [SLOT.requirements, requirements],
    [SLOT.entitlements, entitlements],
    [SLOT.derEntitlements, derEntitlements],
    // Empty: an ad-hoc signature has no certificate.
    [SLOT.cms, blob(MAGIC.cms, new Uint8Array())],
  ]);
}

function codeDirectory(
  code: SignedCode,
  special: ReadonlyMap<number, Uint8Array>,
  pageHashes: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const identifier = new TextEncoder().encode(`${code.identifier}\0`);
  const specialSlots = SLOT.derEntitlements;
  const hashOffset = CODE_DIRECTORY_SIZE + identifier.length + specialSlots * HASH_SIZE;
  const bytes = new Uint8Array(hashOffset + pageHashes.length * HASH_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC.codeDirectory); // magic
  view.setUint32(4, bytes.length); // length
  view.setUint32(8, VERSION); // version
  view.setUint32(12, CS_ADHOC); // flags
  view.setUint32(16, hashOffset); // hashOffset
  view.setUint32(20, CODE_DIRECTORY_SIZE); // identOffset
  view.setUint32(24, specialSlots); // nSpecialSlots
  view.setUint32(28, pageHashes.length); // nCodeSlots
  view.setUint32(32, code.codeLimit); // codeLimit
  view.setUint8(36, HASH_SIZE); // hashSize
  view.setUint8(37, HASH_TYPE_SHA256); // hashType
  view.setUint8(39, Math.log2(PAGE_SIZE)); // pageSize
  view.setBigUint64(64, BigInt(code.text.fileOffset)); // execSegBase
  view.setBigUint64(72, BigInt(code.text.fileSize)); // execSegLimit
  view.setBigUint64(80, BigInt(code.isExecutable ? CS_EXECSEG_MAIN_BINARY : 0)); // execSegFlags
  bytes.set(identifier, CODE_DIRECTORY_SIZE);
  // Hashes of blobs come before those of pages, the last slot first; what is absent has zeros.
  for (const [slot, hash] of special) bytes.set(hash, hashOffset - slot * HASH_SIZE);
  for (const [page, hash] of pageHashes.entries()) bytes.set(hash, hashOffset + page * HASH_SIZE);
  return bytes;
}

/** A blob: its magic, its length with these eight bytes, its content. */
function blob(magic: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  view.setUint32(4, bytes.length);
  bytes.set(content, 8);
  return bytes;
}

function superBlob(blobs: readonly (readonly [number, Uint8Array])[]): Uint8Array<ArrayBuffer> {
  const start = 12 + blobs.length * 8;
  const length = blobs.reduce((sum, [, bytes]) => sum + bytes.length, start);
  const result = new Uint8Array(length);
  const view = new DataView(result.buffer);
  view.setUint32(0, MAGIC.superBlob);
  view.setUint32(4, length);
  view.setUint32(8, blobs.length); // count
  let offset = start;
  for (const [index, [slot, bytes]] of blobs.entries()) {
    view.setUint32(12 + index * 8, slot); // type
    view.setUint32(16 + index * 8, offset); // offset
    result.set(bytes, offset);
    offset += bytes.length;
  }
  return result;
}
