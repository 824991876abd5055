import { SnapvmError } from "../../error/mod.ts";
import { isDiskFull, readAt, writeAt } from "../../host/mod.ts";
import type { Architecture } from "../../vm/mod.ts";

/** The kernel makes no swap space of fewer pages. */
const MIN_PAGES = 10;

/** `struct swap_header` of the kernel's `include/linux/swap.h`: version, last page, number of bad pages, UUID, label. */
const HEADER_OFFSET = 1024;
const VERSION = 1;
const MAGIC = "SWAPSPACE2";
const LABEL = "snapvm";

/**
 * Makes a file that is swap space for a guest: sparse, so that it takes room only as the guest swaps.
 *
 * @param path The file to make; it must not exist.
 * @param size Its size in bytes; it is rounded down to whole pages.
 * @param pageSize The size of the guest kernel's pages.
 * @throws {RangeError} If it is too small for swap space.
 */
export async function createSwapFile(path: string, size: number, pageSize: number): Promise<void> {
  const pages = Math.min(Math.floor(size / pageSize), 2 ** 32);
  if (pages < MIN_PAGES) {
    throw new RangeError(
      `Cannot make swap space of ${size} bytes: the kernel takes ${MIN_PAGES * pageSize} or more`,
    );
  }
  const bytes = new Uint8Array(pageSize);
  const view = new DataView(bytes.buffer);
  view.setUint32(HEADER_OFFSET, VERSION, true);
  view.setUint32(HEADER_OFFSET + 4, pages - 1, true);
  bytes.set(uuid(), HEADER_OFFSET + 12);
  bytes.set(new TextEncoder().encode(LABEL), HEADER_OFFSET + 28);
  bytes.set(new TextEncoder().encode(MAGIC), pageSize - MAGIC.length);
  try {
    using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
    await file.truncate(pages * pageSize);
    await writeAt(file, 0, bytes);
  } catch (cause) {
    if (!isDiskFull(cause)) throw cause;
    throw new SnapvmError("clone-failed", `Cannot make swap space at ${path}: no space left`, {
      data: { source: path, isFull: true },
      cause,
    });
  }
}

function uuid(): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(crypto.randomUUID().replaceAll("-", ""));
}

/**
 * The size of a kernel's pages. Arm64 kernels say it in their header (`flags` in the kernel's
 * `Documentation/arch/arm64/booting.rst`).
 *
 * @param architecture The kernel's processor.
 * @param kernel The kernel as a hypervisor starts it.
 * @returns The size in bytes.
 */
export async function kernelPageSize(architecture: Architecture, kernel: string): Promise<number> {
  if (architecture === "x86_64") return 4096;
  const flags = new Uint8Array(8);
  using file = await Deno.open(kernel);
  await readAt(file, 24, flags);
  switch ((flags[0]! >> 1) & 3) {
    case 2:
      return 16384;
    case 3:
      return 65536;
    default:
      return 4096;
  }
}
