import type { ImageSource } from "./image_source.ts";
import type { OpenImportOptions } from "./import_options.ts";

/**
 * Opens whatever holds an image: a folder or an archive in OCI's layout, an archive of `docker save`, an archive or a
 * folder of a root filesystem. What it is shows in its content; its name does not matter. Archives may be compressed
 * with gzip, zstd or xz.
 *
 * A root filesystem becomes an image of one layer. Its configuration says that it was made at `SOURCE_DATE_EPOCH`, or
 * else when the archive was changed last: the same input gives the same digests.
 *
 * @param path The file or folder, or `-` for the standard input.
 * @param options How to open it.
 * @returns The image, to be disposed of.
 * @throws {SnapvmError} `unknown-source` if it is none of these; `source-unreadable` if it cannot be read or is damaged;
 * `image-not-in-source` if it has several images and none is chosen; `blob-not-found`, `corrupt-blob`,
 * `malformed-json`; `unwritable` if there is no room for temporary files.
 *
 * @example A root filesystem
 * ```ts
 * import { openImport, tarEnd, tarHeader } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * const folder = tarHeader({
 *   path: new TextEncoder().encode("etc/"),
 *   type: "directory",
 *   mode: 0o755,
 *   uid: 0,
 *   gid: 0,
 *   size: 0,
 *   mtimeNs: 0n,
 * });
 * await Deno.writeFile(path, new Uint8Array([...folder, ...tarEnd]));
 *
 * await using source = await openImport(path);
 * const { descriptor } = await source.root();
 * assert.equal(descriptor.mediaType, "application/vnd.oci.image.manifest.v1+json");
 * await Deno.remove(path);
 * ```
 */
export async function openImport(
  path: string,
  options: OpenImportOptions = {},
): Promise<ImageSource> {
  const { examineSource } = await import(
    import.meta.resolve("./examine_source.ts")
  ) as typeof import("./examine_source.ts");
  return await examineSource(path, options);
}
