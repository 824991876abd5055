/**
 * The names and documents of container images, as the OCI image and distribution specifications define them.
 *
 * Documents are checked member by member: whatever their bytes are, the outcome is a typed value or a
 * {@linkcode MalformedJson}.
 *
 * ```ts
 * import { formatReference, qualifyReference } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatReference(qualifyReference("alpine")), "docker.io/library/alpine:latest");
 * ```
 *
 * @module
 */
export { hasCode, SnapvmError } from "../error/mod.ts";
export { type Descriptor, parseDescriptor } from "./descriptor.ts";
export { type Digest, parseDigest, sha256Digest } from "./digest.ts";
export {
  type ExecutionParameters,
  type ImageConfig,
  parseImageConfig,
  type RootFsLayers,
} from "./image_config.ts";
export { type Index, parseIndex } from "./image_index.ts";
export { MalformedJson } from "./malformed_json.ts";
export { type Manifest, parseManifest } from "./manifest.ts";
export { normalizeReference, qualifyReference, shortenReference } from "./normalize_reference.ts";
export {
  formatPlatform,
  hostPlatform,
  parsePlatform,
  type Platform,
  platformsEqual,
} from "./platform.ts";
export { readBlob } from "./read_blob.ts";
export { formatReference, parseReference, type Reference } from "./reference.ts";
export {
  type TarDataRange,
  tarEnd,
  tarHeader,
  type TarMember,
  type TarMemberType,
  tarPadding,
} from "./tar_header.ts";
