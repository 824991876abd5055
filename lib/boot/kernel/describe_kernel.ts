import type { Kernel } from "../discovery/discovery.ts";
import { type KernelParts, kernelParts } from "./kernel_parts.ts";
import { type OpenKernel, openKernel } from "./open_kernel.ts";
import type { RootFs } from "../root_fs.ts";

/** What a kernel is. */
export interface KernelDescription {
  /** The processor that it is for, as `uname -m` names it. */
  readonly architecture: string;
  /** What it is packed in, outermost first, and what it is: `zboot zstd → arm64 Image`. */
  readonly format: string;
  /** Its version, from the kernel itself if it has one, else from its place in the image. */
  readonly version: string;
  /** The size of the initramfs in bytes, as it is packed; 0 if there is none. */
  readonly initramfsSize: number;
  /** The kernel command line of a UKI. */
  readonly commandLine?: string;
  /** The os-release file of a UKI. */
  readonly osRelease?: string;
}

/**
 * Says what a kernel is, without extracting it. It reads and unpacks no more than the kernel's start.
 *
 * @param root The image's root filesystem.
 * @param kernel One of its kernels.
 * @returns What it is.
 * @throws {SnapvmError} `corrupt-kernel` if it is damaged; `unsupported-kernel` if it cannot be unpacked or started.
 *
 * @example
 * ```ts
 * import { describeKernel, findKernels, HostFolder } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * // The start of an arm64 Image is enough of a kernel to be described.
 * const folder = await Deno.makeTempDir();
 * await Deno.mkdir(`${folder}/boot`);
 * await Deno.writeTextFile(`${folder}/boot/vmlinuz-6.12.0`, "\0".repeat(56) + "ARM\x64" + "\0\0\0\0");
 * await Deno.writeTextFile(`${folder}/boot/initrd.img-6.12.0`, "an initramfs");
 *
 * const root = new HostFolder(folder);
 * const { kernels } = await findKernels(root);
 * const { architecture, format } = await describeKernel(root, kernels[0]!);
 * assert.equal(architecture, "aarch64");
 * assert.equal(format, "arm64 Image");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function describeKernel(root: RootFs, kernel: Kernel): Promise<KernelDescription> {
  const parts = await kernelParts(root, kernel);
  await using opened = await openKernel(parts.kernel, kernel.path);
  return describe(kernel, parts, opened);
}

/** Describes a kernel that is open. */
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
