import type { LayerInput } from "./layer_input.ts";
import type { LayerTarget } from "./layer_target.ts";
import type { ReadLayerOptions } from "./read_layer_options.ts";

/**
 * Unpacks an image's layers into a filesystem, in one pass, by the rules of docs/layers.md. Digests of blobs and
 * archives are verified on the way; what was written is complete only when this has returned.
 *
 * Sources: the OCI image specification, `layer.md`.
 *
 * @param target The filesystem.
 * @param layers The layers, the lowest first.
 * @param options How to read.
 * @throws {SnapvmError} `unsupported-layer` if a layer is encrypted or of an unknown type; `corrupt-blob` if its bytes
 * are not those of its digest; `corrupt-layer` if it breaks a rule. Whatever the target throws.
 *
 * @example Tell how far it is
 * ```ts
 * import { type LayerInput, type LayerTarget, unpackLayers } from "@x/snapvm/oci";
 *
 * async function unpackAll(target: LayerTarget, layers: readonly LayerInput[]): Promise<void> {
 *   const size = layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
 *   await unpackLayers(target, layers, {
 *     signal: AbortSignal.timeout(600_000),
 *     onProgress: ({ done, entries }) => console.log(`${done} of ${size} bytes, ${entries} files`),
 *   });
 * }
 * ```
 */
export async function unpackLayers(
  target: LayerTarget,
  layers: readonly LayerInput[],
  options: ReadLayerOptions = {},
): Promise<void> {
  const [{ LayerWriter }, { readLayers }] = await Promise.all([
    import(import.meta.resolve("./layer_writer.ts")) as Promise<
      typeof import("./layer_writer.ts")
    >,
    import(import.meta.resolve("./read_layers.ts")) as Promise<typeof import("./read_layers.ts")>,
  ]);
  const writer = new LayerWriter(target);
  await readLayers(layers, () => {
    writer.beginLayer();
    return writer;
  }, options);
}
