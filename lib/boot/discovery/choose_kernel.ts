import { SnapvmError } from "../../error/mod.ts";
import type { Discovery, Kernel } from "./discovery.ts";
import { KERNEL_PLACES } from "./find_kernels.ts";

/**
 * Chooses the kernel to start.
 *
 * @param discovery What was found in the image.
 * @param wanted A version, the beginning of exactly one version, or a path in the image. Default: the best kernel, the
 *   first of {@linkcode Discovery.kernels}.
 * @returns The kernel.
 * @throws {SnapvmError} `no-kernel` if there is no kernel at all; `no-such-kernel` if there is no such kernel, or
 *   several versions begin like that.
 *
 * @example
 * ```ts
 * import { chooseKernel, Ext4, findKernels, hasCode } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * using root = await Ext4.open("tests/fixtures/tiny.ext4");
 * const discovery = await findKernels(root);
 * assert.throws(() => chooseKernel(discovery), (error) => hasCode(error, "no-kernel"));
 * ```
 */
export function chooseKernel(discovery: Discovery, wanted?: string): Kernel {
  const { kernels, problems } = discovery;
  const [best] = kernels;
  if (best === undefined) {
    throw new SnapvmError(
      "no-kernel",
      [
        "Cannot find a kernel in the image. Looked for:",
        ...KERNEL_PLACES.map((place) => `  ${place}`),
        ...(problems.length > 0 ? ["Found instead:"] : []),
        ...problems.map(({ path, message }) => `  ${path} ${message}`),
      ].join("\n"),
      { data: { withoutInitramfs: withoutInitramfs(discovery) } },
    );
  }
  if (wanted === undefined) return best;

  const exact = kernels.find(({ path }) => isSamePath(path, wanted)) ??
    kernels.find(({ version }) => version === wanted);
  if (exact !== undefined) return exact;
  const fitting = kernels.filter(({ version }) => wanted !== "" && version.startsWith(wanted));
  const versions = new Set(fitting.map(({ version }) => version));
  const [first] = fitting;
  if (first !== undefined && versions.size === 1) return first;

  const problem = problems.find(({ path }) => isSamePath(path, wanted) || path.includes(wanted));
  const why = versions.size > 1
    ? "several versions begin so"
    : wanted !== "" && problem !== undefined
    ? `${problem.path} ${problem.message}`
    : "the image has no such kernel";
  throw new SnapvmError(
    "no-such-kernel",
    [
      `Cannot choose the kernel "${wanted}": ${why}. The image has:`,
      ...kernels.map(({ version, path }) => `  ${version} (${path})`),
    ].join("\n"),
    { data: { wanted, versions: kernels.map(({ version }) => version) } },
  );
}

/** `/lib` is nearly always a link to `/usr/lib`. */
function isSamePath(path: string, wanted: string): boolean {
  return path === wanted || (wanted.startsWith("/lib/") && path === `/usr${wanted}`);
}

function withoutInitramfs({ problems }: Discovery): string[] {
  return problems.filter(({ kind }) => kind === "no-initramfs").map(({ path }) => path);
}
