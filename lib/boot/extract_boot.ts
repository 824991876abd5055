import { SnapvmError } from "../error/mod.ts";
import { writeAllSync } from "../host/mod.ts";
import type { Architecture } from "./architecture.ts";
import type { ByteSource } from "./kernel/byte_source.ts";
import type { Kernel } from "./discovery/discovery.ts";
import { describe, type KernelDescription } from "./kernel/describe_kernel.ts";
import { kernelParts } from "./kernel/kernel_parts.ts";
import { openKernel } from "./kernel/open_kernel.ts";
import type { RootFs } from "./root_fs.ts";

/** x86 kernels load an initramfs below 2 GiB (`initrd_addr_max`); no distribution has a larger one. */
const MAX_INITRAMFS_SIZE = 2 ** 31;
/** How much is written before it is synchronized to the disk, while more is written. */
const SYNC_SIZE = 16 << 20;

/** What {@linkcode extractBoot} takes beside the kernel. */
export interface ExtractOptions {
  /** The machine's processor; a kernel for another one is refused. Default: any. */
  readonly architecture?: Architecture;
  /** Whether each file is synchronized to the disk (fsync) before the call returns. Default: no. */
  readonly durable?: boolean;
  /** Ends the extraction with its reason when it aborts. */
  readonly signal?: AbortSignal;
}

/** The files on the host that a hypervisor needs to start a kernel, and what the kernel is. */
export interface BootFiles extends KernelDescription {
  /** The kernel's path on the host: an x86 bzImage or a raw arm64 `Image`. */
  readonly kernel: string;
  /** The kernel's size in bytes. */
  readonly kernelSize: number;
  /** The initramfs's path on the host; absent if the kernel has none. */
  readonly initramfs?: string;
}

/**
 * Writes a kernel and its initramfs into a folder, as `kernel` and `initramfs`. The kernel is unpacked as far as
 * hypervisors need it. Memory does not grow with the size of the files.
 *
 * A failure may leave incomplete files behind, so give it a folder that you can remove as a whole.
 *
 * @param root The image's root filesystem.
 * @param kernel One of its kernels.
 * @param folder The path of an existing folder on the host.
 * @param options For which machine, and how.
 * @returns What was written.
 * @throws {SnapvmError} `wrong-machine` if the kernel is for another processor; `corrupt-kernel` if it is damaged;
 *   `unsupported-kernel` if it cannot be unpacked or started; `corrupt-initramfs` if the initramfs is too large.
 * @throws The signal's reason.
 *
 * @example
 * ```ts
 * import { chooseKernel, extractBoot, findKernels, HostFolder } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * // An image whose kernel is the start of an arm64 Image.
 * const folder = await Deno.makeTempDir();
 * await Deno.mkdir(`${folder}/boot`);
 * await Deno.writeTextFile(
 *   `${folder}/boot/vmlinuz-6.12.0`,
 *   "\0".repeat(56) + "ARM\x64" + "\0\0\0\0",
 * );
 * await Deno.writeTextFile(`${folder}/boot/initrd.img-6.12.0`, "an initramfs");
 *
 * const root = new HostFolder(folder);
 * const kernel = chooseKernel(await findKernels(root));
 * const files = await extractBoot(root, kernel, folder, { architecture: "aarch64" });
 * assert.equal(files.kernelSize, 64);
 * assert.equal(await Deno.readTextFile(files.initramfs!), "an initramfs");
 * await Deno.remove(folder, { recursive: true });
 * ```
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
  if (description.initramfsSize > MAX_INITRAMFS_SIZE) {
    const why = `${description.initramfsSize} bytes are more than 2 GiB`;
    const message = `Cannot extract the initramfs of ${kernel.path}: ${why}`;
    throw new SnapvmError("corrupt-initramfs", message, { data: {} });
  }

  const files = { kernel: `${folder}/kernel`, initramfs: `${folder}/initramfs` };
  const kernelSize = await write(files.kernel, opened.read(), options);
  const written = { ...description, kernel: files.kernel, kernelSize };
  if (parts.initramfs.length === 0) return written;
  await write(files.initramfs, joined(parts.initramfs), options);
  return { ...written, initramfs: files.initramfs };
}

/** Refuses a kernel that the machine cannot start. An x86_64 processor also starts kernels of 32 bits. */
function checkMachine(kernel: Kernel, found: string, wanted: Architecture): void {
  if (found === wanted || (found === "i386" && wanted === "x86_64")) return;
  const platform = found === "aarch64" ? "linux/arm64" : "linux/amd64";
  throw new SnapvmError(
    "wrong-machine",
    `Cannot start ${kernel.path} on a machine with an ${wanted} processor: it is a kernel for ${found}`,
    { data: { path: kernel.path, architecture: found, platform } },
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
 * Synchronous writes of large chunks are the fastest way in Deno. What was written is synchronized to the disk while
 * more is written: through a second open file, because Deno cannot write to one while it is being synchronized.
 */
async function write(
  path: string,
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  { durable = false, signal }: ExtractOptions,
): Promise<number> {
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  using sameFile = durable ? Deno.openSync(path, { write: true }) : undefined;
  let size = 0;
  let nextSync = SYNC_SIZE;
  let synchronizing: Promise<void> | undefined;
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    writeAllSync(file, chunk);
    size += chunk.length;
    if (sameFile === undefined || size < nextSync || synchronizing !== undefined) continue;
    nextSync = size + SYNC_SIZE;
    synchronizing = sameFile.syncData().finally(() => synchronizing = undefined);
  }
  await synchronizing;
  if (durable) await file.sync();
  return size;
}
