import { SnapvmError } from "../../error/mod.ts";
import { scanArchive } from "./scan_archive.ts";

/**
 * What is at the top of an archive of an image: OCI's layout, and what `docker save` has made over the years.
 */
const IMAGE_NAMES =
  /^(blobs|oci-layout|index\.json|manifest\.json|repositories|[0-9a-f]{64}(\.json|\.tar)?)$/;

/** What is at the top of a root filesystem. One of them is enough. */
export const ROOTFS_NAMES: readonly string[] = [
  ...["bin", "boot", "dev", "etc", "init", "lib", "lib64", "nix", "opt", "ostree", "proc", "root"],
  ...["run", "sbin", "srv", "sys", "sysroot", "tmp", "usr", "var"],
];

/**
 * Says by its first members what an uncompressed tar archive is.
 *
 * @param head The beginning of the archive.
 * @returns `image`: its names are those that archives of images have; `undefined`: it is no archive, or none of both.
 */
export async function archiveKind(head: Uint8Array): Promise<"image" | "rootfs" | undefined> {
  const names = new Set<string>();
  const file = {
    // What follows is not here, and not missing.
    size: Infinity,
    read(offset: number, bytes: Uint8Array): Promise<number> {
      const found = head.subarray(offset, offset + bytes.length);
      bytes.set(found);
      return Promise.resolve(found.length);
    },
  };
  try {
    for await (const { path = "" } of scanArchive(file, "")) {
      const [name = ""] = path.split("/");
      if (ROOTFS_NAMES.includes(name)) return "rootfs";
      if (name !== "") names.add(name);
    }
  } catch (error) {
    if (!(error instanceof SnapvmError)) throw error;
  }
  if (names.has("oci-layout") || names.has("manifest.json")) return "image";
  return names.size > 0 && [...names].every((name) => IMAGE_NAMES.test(name)) ? "image" : undefined;
}
