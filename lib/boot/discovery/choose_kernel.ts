import type { Discovery, Kernel } from "./discovery.ts";
import { NoKernel, NoSuchKernel } from "../errors.ts";
import { KERNEL_PLACES } from "./find_kernels.ts";

/**
 * Chooses the kernel to start: the best one ({@linkcode Discovery.kernels}), or the one that is wanted.
 *
 * @param discovery What was found in the image.
 * @param wanted A version, the beginning of exactly one version, or a path in the image.
 * @returns The kernel.
 * @throws {NoKernel} If there is none at all.
 * @throws {NoSuchKernel} If none is the one that is wanted, or several versions begin so.
 */
export function chooseKernel(discovery: Discovery, wanted?: string): Kernel {
  const { kernels, problems } = discovery;
  const [best] = kernels;
  if (best === undefined) {
    throw new NoKernel(
      [
        "Cannot find a kernel in the image. Looked for:",
        ...KERNEL_PLACES.map((place) => `  ${place}`),
        ...(problems.length > 0 ? ["Found instead:"] : []),
        ...problems.map(({ path, message }) => `  ${path} ${message}`),
      ].join("\n"),
      adviceFor(discovery),
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
  throw new NoSuchKernel(
    [
      `Cannot choose the kernel "${wanted}": ${why}. The image has:`,
      ...kernels.map(({ version, path }) => `  ${version} (${path})`),
    ].join("\n"),
    "Give --kernel one of these versions or paths, or leave it out for the first of them.",
  );
}

/** `/lib` and `/usr/lib` are one folder wherever there is a choice. */
function isSamePath(path: string, wanted: string): boolean {
  return path === wanted || (wanted.startsWith("/lib/") && path === `/usr${wanted}`);
}

function adviceFor({ problems }: Discovery): string {
  if (problems.some(({ kind }) => kind === "no-initramfs")) {
    return "Make the initramfs when the image is built, for example with `dracut --no-hostonly --kver VERSION` " +
      "or `update-initramfs -c -k VERSION`.";
  }
  return "Most container images carry no kernel. Use one that is made to be booted (such as " +
    "quay.io/fedora/fedora-bootc), or install the distribution's kernel and initramfs when the image is built.";
}
