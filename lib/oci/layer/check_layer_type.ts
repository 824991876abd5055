import { SnapvmError } from "../../error/mod.ts";
import type { Descriptor } from "../documents/descriptor.ts";
import { quote } from "../names/quote.ts";

/**
 * Archives of layers, compressed or not. Sources: the OCI image specification, `media-types.md` and `layer.md`; the
 * Docker image manifest specification, version 2.2.
 */
const LAYER_TYPES = [
  /^application\/vnd\.oci\.image\.layer\.(nondistributable\.)?v1\.tar(\+(gzip|zstd))?$/,
  /^application\/vnd\.docker\.image\.rootfs\.(foreign\.)?diff\.tar(\.(gzip|zstd))?$/,
  /^application\/(x-)?tar(\+(gzip|zstd))?$/,
];

/**
 * Makes sure that a descriptor is that of a layer. How the layer is compressed is for its bytes to say.
 *
 * @throws {SnapvmError} `unsupported-layer` if its type is not known, or the layer is encrypted.
 */
export function checkLayerType({ mediaType, digest }: Descriptor): void {
  if (LAYER_TYPES.some((type) => type.test(mediaType))) return;
  const encrypted = mediaType.endsWith("+encrypted");
  throw new SnapvmError(
    "unsupported-layer",
    `Cannot read the layer ${digest}: ${encrypted ? "it is encrypted" : "its type is not known"}, ${
      quote(mediaType)
    }`,
    { data: { digest, mediaType, encrypted } },
  );
}
