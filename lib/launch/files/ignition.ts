import { reasonOf, SnapvmError } from "../../error/mod.ts";
import type { RootFs } from "../../boot/mod.ts";

/** A configuration goes into the initramfs, which is in the guest's memory. */
const MAX_SIZE = 16 * 1024 * 1024;

/** Labels of images by which their builders say that there is Ignition in them. */
const LABELS = ["coreos.ignition", "com.coreos.osname"];

/** Where distributions keep Ignition, or the part of dracut that puts it into the initramfs. */
const FILES = [
  "/usr/lib/dracut/modules.d/30ignition/module-setup.sh",
  "/usr/lib/dracut/modules.d/30ignition/ignition",
  "/usr/bin/ignition",
  "/usr/libexec/ignition-apply",
  "/usr/lib/ignition/base.d",
];

/**
 * Where Ignition looks for a configuration before it asks the platform: every version of it and every distribution
 * (`fetchProviderConfig` in its `internal/exec/engine.go`). So it needs no device of the hypervisor.
 */
export const IGNITION_PATH = "/usr/lib/ignition/user.ign";

/** What makes Ignition run, on a platform on which it asks nobody else. */
export const IGNITION_ARGUMENTS: readonly string[] = [
  "ignition.firstboot",
  "ignition.platform.id=metal",
];

/**
 * Reads a configuration for Ignition.
 *
 * @param path The file.
 * @returns Its bytes.
 * @throws {SnapvmError} `ignition-unusable` if it cannot be read, or is none.
 */
export async function readIgnition(path: string): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw unusable(path, "unreadable", "it is not a regular file");
    if (size > MAX_SIZE) throw unusable(path, "unreadable", `it has more than ${MAX_SIZE} bytes`);
    bytes = await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof SnapvmError) throw cause;
    const why = cause instanceof Deno.errors.NotFound ? "there is no such file" : reasonOf(cause);
    throw unusable(path, "unreadable", why, cause);
  }
  let configuration: { readonly ignition?: { readonly version?: unknown } } | null;
  try {
    configuration = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw unusable(path, "not-json", "it is not JSON", cause);
  }
  if (typeof configuration?.ignition?.version === "string") return bytes;
  throw unusable(path, "no-version", "it has no ignition.version");
}

function unusable(
  path: string,
  reason: "unreadable" | "not-json" | "no-version",
  why: string,
  cause?: unknown,
): SnapvmError {
  return new SnapvmError(
    "ignition-unusable",
    `Cannot use the Ignition configuration ${path}: ${why}`,
    { data: { path, reason }, cause },
  );
}

/**
 * Makes sure that there is Ignition in an image.
 *
 * @param root The image's filesystem.
 * @param labels The image's labels.
 * @throws {SnapvmError} `ignition-not-supported` if nothing says so.
 */
export async function requireIgnition(
  root: RootFs,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  if (LABELS.some((label) => label in labels)) return;
  for (const path of FILES) if (await isThere(root, path)) return;
  throw new SnapvmError(
    "ignition-not-supported",
    "Cannot give the guest an Ignition configuration: the image has no Ignition",
    { data: {} },
  );
}

async function isThere(root: RootFs, path: string): Promise<boolean> {
  try {
    await root.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
