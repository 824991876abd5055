import { SnapvmError } from "../../error/mod.ts";
import { quote } from "../names/quote.ts";
import { LayerFault } from "./layer_fault.ts";
import type { LayerVisitor } from "./layer_member.ts";
import { TarReader } from "./tar_reader.ts";

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
  const reader = new TarReader(visitor);
  try {
    for await (const piece of archive) reader.push(piece);
    reader.end();
  } catch (error) {
    if (!(error instanceof LayerFault)) throw error;
    const bytes = error.path ?? reader.path;
    const path = bytes && new TextDecoder().decode(bytes);
    const subject = path === undefined ? "the archive" : `${quote(path)} in the archive`;
    throw new SnapvmError("corrupt-archive", `Cannot read ${subject}: ${error.message}`, {
      data: { rule: error.rule, ...path !== undefined && { path } },
      cause: error,
    });
  }
}
