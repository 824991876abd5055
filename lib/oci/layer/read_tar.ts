import type { LayerVisitor } from "./layer_member.ts";

/**
 * Reads the members of a tar archive: ustar, PAX or GNU's, as in a layer. What comes behind its end is read too, and
 * dropped.
 *
 * @param archive The archive, in pieces of any size.
 * @param visitor Takes the members.
 * @throws {SnapvmError} `corrupt-archive` if it is not a tar archive, or a damaged one.
 *
 * @example The paths of an archive
 * ```ts
 * import { readTar, tarEnd, tarHeader } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const path = new TextEncoder().encode("etc/");
 * const folder = tarHeader({ path, type: "directory", mode: 0o755, uid: 0, gid: 0, size: 0, mtimeNs: 0n });
 *
 * const paths: string[] = [];
 * await readTar(ReadableStream.from([folder, tarEnd]), {
 *   member: ({ path }) => {
 *     paths.push(new TextDecoder().decode(path));
 *     return false;
 *   },
 *   data: () => {},
 * });
 * assert.deepEqual(paths, ["etc"]);
 * ```
 */
export async function readTar(
  archive: AsyncIterable<Uint8Array>,
  visitor: LayerVisitor,
): Promise<void> {
  const { readTarMembers } = await import(
    import.meta.resolve("./read_tar_members.ts")
  ) as typeof import("./read_tar_members.ts");
  await readTarMembers(archive, visitor);
}
