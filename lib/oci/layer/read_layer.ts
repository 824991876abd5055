import type { LayerInput } from "./layer_input.ts";
import type { LayerVisitor } from "./layer_member.ts";
import type { ReadLayerOptions } from "./read_layer_options.ts";

/**
 * Reads the members of a layer. Digests of blob and archive are verified on the way.
 *
 * @param layer The layer.
 * @param visitor Takes the members.
 * @param options How to read.
 * @throws {SnapvmError} `unsupported-layer` if the layer is encrypted or of an unknown type; `corrupt-blob` if its
 * bytes are not those of its digest; `corrupt-layer` if it breaks one of the rules of docs/layers.md.
 *
 * @example The paths of a layer
 * ```ts
 * import { readLayer, sha256Digest, tarEnd, tarHeader } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const path = new TextEncoder().encode("etc/");
 * const folder = tarHeader({ path, type: "directory", mode: 0o755, uid: 0, gid: 0, size: 0, mtimeNs: 0n });
 * const blob = new Uint8Array([...folder, ...tarEnd]);
 * const digest = await sha256Digest(blob);
 *
 * const paths: string[] = [];
 * await readLayer({
 *   descriptor: { mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size: blob.length },
 *   diffId: digest,
 *   open: () => ReadableStream.from([blob]),
 * }, {
 *   member: ({ path }) => {
 *     paths.push(new TextDecoder().decode(path));
 *     return false;
 *   },
 *   data: () => {},
 * });
 * assert.deepEqual(paths, ["etc"]);
 * ```
 */
export async function readLayer(
  layer: LayerInput,
  visitor: LayerVisitor,
  options: ReadLayerOptions = {},
): Promise<void> {
  const { readLayers } = await import(
    import.meta.resolve("./read_layers.ts")
  ) as typeof import("./read_layers.ts");
  await readLayers([layer], () => visitor, options);
}
