/**
 * A second reader of signatures, for tests: it knows only the layout in `osfmk/kern/cs_blobs.h` of XNU.
 */
import { runProgram } from "../../../scripts/images/mod.ts";

/** A signature, taken apart. */
export interface SignatureBlobs {
  /** Where it starts in the file. */
  readonly offset: number;
  /** The size that the load command gives it. */
  readonly size: number;
  /** Each blob, whole, by its slot. */
  readonly blobs: ReadonlyMap<number, Uint8Array>;
  /** The code directory's fields by their offsets, and its hashes in hexadecimal by their slots. */
  readonly directory: DataView;
  /** The hashes of blobs: slot 1 is the first. */
  readonly special: readonly string[];
  /** The hashes of pages. */
  readonly pages: readonly string[];
  /** The identifier. */
  readonly identifier: string;
}

/** Takes the signature of a file apart; llvm-objdump says where it is. */
export async function readBlobs(path: string): Promise<SignatureBlobs> {
  const commands = await runProgram("llvm-objdump-19", ["--macho", "--private-headers", path]);
  const match = /LC_CODE_SIGNATURE\n +cmdsize 16\n +dataoff (\d+)\n +datasize (\d+)/.exec(commands);
  const [offset, size] = [Number(match?.[1]), Number(match?.[2])];
  const bytes = (await Deno.readFile(path)).slice(offset, offset + size);
  const view = new DataView(bytes.buffer);
  const blobs = new Map<number, Uint8Array>();
  for (let index = 0; index < view.getUint32(8); index++) {
    const start = view.getUint32(16 + index * 8);
    blobs.set(
      view.getUint32(12 + index * 8),
      bytes.slice(start, start + view.getUint32(start + 4)),
    );
  }
  const directoryBytes = blobs.get(0)!;
  const directory = new DataView(directoryBytes.buffer);
  const hashes = directory.getUint32(16);
  const hash = (slot: number) =>
    directoryBytes.slice(hashes + slot * 32, hashes + slot * 32 + 32).toHex();
  const identifier = directory.getUint32(20);
  return {
    offset,
    size,
    blobs,
    directory,
    special: Array.from({ length: directory.getUint32(24) }, (_, index) => hash(-1 - index)),
    pages: Array.from({ length: directory.getUint32(28) }, (_, index) => hash(index)),
    identifier: new TextDecoder().decode(
      directoryBytes.slice(identifier, directoryBytes.indexOf(0, identifier)),
    ),
  };
}

/** SHA-256 of each 4 KiB of a file up to an offset, by coreutils. */
export async function hashPages(path: string, end: number): Promise<string[]> {
  const command = 'head -c "$2" "$1" | split --bytes=4096 --filter=sha256sum -';
  const output = await runProgram("sh", ["-c", command, "sh", path, `${end}`]);
  return output.trim().split("\n").map((line) => line.slice(0, 64));
}
