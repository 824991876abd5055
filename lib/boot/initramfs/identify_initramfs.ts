import { hasCode, SnapvmError } from "../../error/mod.ts";
import { decompress, detectCompression, isSupported } from "../compression/decompress.ts";
import { type CpioName, isCpio, readCpio } from "./read_cpio.ts";
import { StreamReader } from "../compression/stream_reader.ts";

/** More than any distribution's initramfs unpacks to. The search ends there and goes by what it has seen. */
const MAX_BYTES = 512 << 20;
/** Real ones have up to three: microcode, the initramfs and one that was appended. */
const MAX_ARCHIVES = 64;

/**
 * What runs in an initramfs: systemd (dracut, mkosi, mkinitcpio with its hook), Debian's and Ubuntu's initramfs-tools,
 * or something else.
 */
export type InitramfsKind = "systemd" | "initramfs-tools" | "other";

/**
 * Recognizes what runs in an initramfs by the names of its files. It reads up to the first proof, which is near the
 * beginning in all common ones.
 *
 * @param chunks The initramfs: cpio archives, one after the other, compressed or not.
 * @returns What runs in it; `other` also if its compression is not supported.
 * @throws {SnapvmError} `corrupt-initramfs` if it is damaged before the first proof.
 */
export async function identifyInitramfs(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
): Promise<InitramfsKind> {
  const seen = new Evidence();
  const budget = { left: MAX_BYTES };
  const reader = new StreamReader(limited(chunks, budget));
  try {
    return await searchArchives(reader, seen, budget) ?? seen.conclusion;
  } catch (error) {
    // When the budget runs out, the archive looks as if it were cut short.
    if (budget.left < 0) return seen.conclusion;
    if (!hasCode(error, "decompression-failed")) throw error;
    throw new SnapvmError("corrupt-initramfs", error.message, { data: {}, cause: error });
  } finally {
    await reader.close();
  }
}

/** How many bytes may still be looked at, packed and unpacked together. */
interface Budget {
  left: number;
}

async function searchArchives(
  reader: StreamReader,
  seen: Evidence,
  budget: Budget,
): Promise<InitramfsKind | undefined> {
  for (let archive = 0; archive < MAX_ARCHIVES; archive++) {
    await skipNuls(reader);
    const start = await reader.peek(8);
    const compression = detectCompression(start);
    let kind: InitramfsKind | undefined;
    if (isCpio(start)) {
      kind = await searchArchive(reader, seen);
    } else if (compression !== undefined && isSupported(compression)) {
      kind = await searchPacked(
        limited(decompress(compression, reader, "the initramfs"), budget),
        seen,
      );
    } else {
      return undefined;
    }
    if (kind !== undefined) return kind;
  }
  return undefined;
}

/** One compressed stream may hold several archives. */
async function searchPacked(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  seen: Evidence,
): Promise<InitramfsKind | undefined> {
  const reader = new StreamReader(chunks);
  try {
    await skipNuls(reader);
    while (isCpio(await reader.peek(6))) {
      const kind = await searchArchive(reader, seen);
      if (kind !== undefined) return kind;
      await skipNuls(reader);
    }
    await reader.skip(Infinity);
    return undefined;
  } finally {
    await reader.close();
  }
}

async function searchArchive(
  reader: StreamReader,
  seen: Evidence,
): Promise<InitramfsKind | undefined> {
  for await (const name of readCpio(reader)) {
    const kind = seen.consider(name);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

/** What the names say so far. */
class Evidence {
  #release = false;

  /** The kind, if this name proves it. */
  consider({ path, isFile, target }: CpioName): InitramfsKind | undefined {
    switch (path) {
      case "init":
        if (target?.endsWith("/systemd/systemd")) return "systemd";
        // dracut without systemd; initramfs-tools has no initrd-release.
        return isFile && this.#release ? "other" : undefined;
      case "lib/systemd/systemd":
      case "usr/lib/systemd/systemd":
        return "systemd";
      case "conf/initramfs.conf":
      case "scripts/functions":
      case "scripts/init-bottom":
        return "initramfs-tools";
      case "etc/initrd-release":
      case "usr/lib/initrd-release":
        this.#release = true;
        return undefined;
      default:
        return undefined;
    }
  }

  /** The kind if there are no more names. */
  get conclusion(): InitramfsKind {
    return this.#release ? "systemd" : "other";
  }
}

async function skipNuls(reader: StreamReader): Promise<void> {
  for (;;) {
    const bytes = await reader.available();
    let count = 0;
    while (bytes[count] === 0) count++;
    reader.advance(count);
    if (count < bytes.length || bytes.length === 0) return;
  }
}

async function* limited(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  budget: Budget,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  for await (const chunk of chunks) {
    budget.left -= chunk.length;
    if (budget.left < 0) return;
    yield chunk;
  }
}
