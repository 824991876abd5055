import { type ByteSource, fileSource } from "./byte_source.ts";
import type { Kernel } from "../discovery/discovery.ts";
import type { RootFs } from "../root_fs.ts";
import { readUki } from "./uki.ts";

/** The parts of a kernel, whether it is a UKI or two files. */
export interface KernelParts {
  /** The kernel, still packed. */
  readonly kernel: ByteSource;
  /** The parts of the initramfs; each begins at a multiple of four bytes. */
  readonly initramfs: readonly ByteSource[];
  /** The kernel command line of a UKI. */
  readonly commandLine?: string;
  /** The os-release file of a UKI. */
  readonly osRelease?: string;
}

/**
 * Finds the parts of a kernel. Only headers are read.
 *
 * @param root The image's root filesystem.
 * @param kernel One of its kernels.
 * @returns The parts.
 * @throws {SnapvmError} `corrupt-kernel` if it is a UKI and damaged.
 * @throws {Deno.errors.NotFound} If one of its files is gone.
 */
export async function kernelParts(root: RootFs, kernel: Kernel): Promise<KernelParts> {
  const file = await fileSource(root, kernel.path);
  if (kernel.kind === "uki") {
    const { linux, initramfs, commandLine, osRelease } = await readUki(file, kernel.path);
    return {
      kernel: linux,
      initramfs,
      ...(commandLine !== undefined && { commandLine }),
      ...(osRelease !== undefined && { osRelease }),
    };
  }
  if (kernel.initramfs === undefined) return { kernel: file, initramfs: [] };
  return { kernel: file, initramfs: [await fileSource(root, kernel.initramfs)] };
}
