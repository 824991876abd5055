import { join } from "node:path";
import { writeAllSync } from "../host/mod.ts";
import type { Architecture } from "./architecture.ts";
import type { ByteSource } from "./kernel/byte_source.ts";
import type { Kernel } from "./discovery/discovery.ts";
import { CorruptInitramfs, WrongMachine } from "./errors.ts";
import { describe, type KernelDescription } from "./kernel/describe_kernel.ts";
import { kernelParts } from "./kernel/kernel_parts.ts";
import { openKernel } from "./kernel/open_kernel.ts";
import type { RootFs } from "./root_fs.ts";

/** x86 kernels place an initramfs below 2 GiB (`initrd_addr_max`); larger ones exist on no distribution. */
const INITRAMFS_SIZE_MAX = 2 ** 31;
/** How much is written before it goes to the disk beside what follows. */
const SYNC_SIZE = 16 << 20;

/** What {@linkcode extractBoot} takes beside the kernel. */
export interface ExtractOptions {
  /** The machine's processor; a kernel for another one is refused. Any is taken where it is absent. */
  readonly architecture?: Architecture;
  /** Whether each file is on the disk itself (fsync) before the call returns. Not where absent. */
  readonly durable?: boolean;
  /** Ends the extraction when it aborts, with its reason. */
  readonly signal?: AbortSignal;
}

/** What a hypervisor needs to start a kernel, as files on the host, and what it is. */
export interface BootFiles extends KernelDescription {
  /** The host's path of the kernel: an x86 bzImage or a raw arm64 `Image`. */
  readonly kernel: string;
  /** Its size in bytes. */
  readonly kernelSize: number;
  /** The host's path of the initramfs; absent where the kernel has none. */
  readonly initramfs?: string;
}

/**
 * Writes a kernel, unpacked as far as hypervisors need it, and its initramfs into a folder, as `kernel` and
 * `initramfs`. Memory does not grow with their size.
 *
 * A failure may leave files that are not complete: the folder is the caller's, who removes or renames it as a whole.
 *
 * @param root The image's root filesystem.
 * @param kernel One of its kernels.
 * @param folder The host's path of a folder that exists.
 * @param options For which machine, and how.
 * @returns What was written.
 * @throws {WrongMachine} If it is for another processor than the machine's.
 * @throws {CorruptKernel} If the kernel is damaged.
 * @throws {CorruptInitramfs} If the initramfs is too large to be one.
 * @throws {UnsupportedKernel} If it cannot be unpacked or started.
 * @throws The signal's reason.
 */
export async function extractBoot(
  root: RootFs,
  kernel: Kernel,
  folder: string,
  options: ExtractOptions = {},
): Promise<BootFiles> {
  const parts = await kernelParts(root, kernel);
  await using opened = await openKernel(parts.kernel, kernel.path);
  const description = describe(kernel, parts, opened);
  if (options.architecture !== undefined) {
    checkMachine(kernel, description.architecture, options.architecture);
  }
  if (description.initramfsSize > INITRAMFS_SIZE_MAX) {
    throw new CorruptInitramfs(
      `Cannot extract the initramfs of ${kernel.path}: ${description.initramfsSize} bytes are ` +
        "more than 2 GiB",
    );
  }

  const files = { kernel: join(folder, "kernel"), initramfs: join(folder, "initramfs") };
  const kernelSize = await write(files.kernel, opened.read(), options);
  const written = { ...description, kernel: files.kernel, kernelSize };
  if (parts.initramfs.length === 0) return written;
  await write(files.initramfs, joined(parts.initramfs), options);
  return { ...written, initramfs: files.initramfs };
}

/** What the machine of an architecture starts: an x86 processor also a kernel of 32 bits. */
function checkMachine(kernel: Kernel, found: string, wanted: Architecture): void {
  if (found === wanted || (found === "i386" && wanted === "x86_64")) return;
  const platform = found === "aarch64" ? "linux/arm64" : "linux/amd64";
  throw new WrongMachine(
    `Cannot start ${kernel.path} on a machine with an ${wanted} processor: it is a kernel for ${found}`,
    `Give --platform ${platform} for a machine that fits this kernel, or choose another one of the image with --kernel.`,
  );
}

async function* joined(
  parts: readonly ByteSource[],
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let size = 0;
  for (const part of parts) {
    const padding = (4 - size % 4) % 4;
    if (padding > 0) yield new Uint8Array(padding);
    yield* part.read();
    size += padding + part.size;
  }
}

/**
 * Synchronous writes of large chunks are the fastest that Deno has. What was written goes to the disk while more is
 * written: through a second opening of the file, because one that is being synchronized cannot be written.
 */
async function write(
  path: string,
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  { durable = false, signal }: ExtractOptions,
): Promise<number> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  using sameFile = await Deno.open(path, { write: true });
  let size = 0;
  let nextSync = SYNC_SIZE;
  let synchronizing: Promise<void> | undefined;
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    writeAllSync(file, chunk);
    size += chunk.length;
    if (!durable || size < nextSync || synchronizing !== undefined) continue;
    nextSync = size + SYNC_SIZE;
    synchronizing = sameFile.syncData().finally(() => synchronizing = undefined);
  }
  await synchronizing;
  if (durable) await file.sync();
  return size;
}
