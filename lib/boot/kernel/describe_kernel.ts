import type { Kernel } from "../discovery/discovery.ts";
import { type KernelParts, kernelParts } from "./kernel_parts.ts";
import { type OpenKernel, openKernel } from "./open_kernel.ts";
import type { RootFs } from "../root_fs.ts";

/** What a kernel is, without having been extracted. */
export interface KernelDescription {
  /** The processor that it is for, in the words of `uname -m`. */
  readonly architecture: string;
  /** What it is packed in, outermost first, and what it is: `zboot zstd → arm64 Image`. */
  readonly format: string;
  /** Its version: as it says it itself where it does, else as its place in the image says it. */
  readonly version: string;
  /** The size of the initramfs in bytes, as it is packed; 0 where there is none. */
  readonly initramfsSize: number;
  /** The kernel command line of a UKI. */
  readonly commandLine?: string;
  /** The os-release file of a UKI. */
  readonly osRelease?: string;
}

/**
 * Says what a kernel is. Its start is read, and unpacked as far as that takes.
 *
 * @param root The image's root filesystem.
 * @param kernel One of its kernels.
 * @returns What it is.
 * @throws {CorruptKernel} If it is damaged.
 * @throws {UnsupportedKernel} If it cannot be unpacked or started.
 */
export async function describeKernel(root: RootFs, kernel: Kernel): Promise<KernelDescription> {
  const parts = await kernelParts(root, kernel);
  await using opened = await openKernel(parts.kernel, kernel.path);
  return describe(kernel, parts, opened);
}

/** What is known of a kernel that has been looked into. */
export function describe(
  kernel: Kernel,
  parts: KernelParts,
  opened: OpenKernel,
): KernelDescription {
  const { architecture, formats, version } = opened;
  return {
    architecture,
    format: (kernel.kind === "uki" ? ["UKI", ...formats] : formats).join(" → "),
    version: version ?? kernel.version,
    initramfsSize: parts.initramfs.reduce((sum, { size }) => alignedTo4(sum) + size, 0),
    ...(parts.commandLine !== undefined && { commandLine: parts.commandLine }),
    ...(parts.osRelease !== undefined && { osRelease: parts.osRelease }),
  };
}

function alignedTo4(size: number): number {
  return Math.ceil(size / 4) * 4;
}
