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
export { type Descriptor, parseDescriptor } from "./documents/descriptor.ts";
export { type Digest, parseDigest, sha256Digest } from "./blob/digest.ts";
export {
  type ExecutionParameters,
  type ImageConfig,
  parseImageConfig,
  type RootFsLayers,
} from "./documents/image_config.ts";
export { type Index, parseIndex } from "./documents/image_index.ts";
export { MalformedJson } from "./documents/malformed_json.ts";
export { type Manifest, parseManifest } from "./documents/manifest.ts";
export {
  normalizeReference,
  qualifyReference,
  shortenReference,
} from "./names/normalize_reference.ts";
export {
  formatPlatform,
  hostPlatform,
  parsePlatform,
  type Platform,
  platformsEqual,
} from "./names/platform.ts";
export type { LayerInput } from "./layer/layer_input.ts";
export type { LayerMember, LayerVisitor } from "./layer/layer_member.ts";
export type {
  LayerTarget,
  LayerTime,
  TargetEntry,
  TargetMetadata,
  TargetType,
} from "./layer/layer_target.ts";
export { readLayer } from "./layer/read_layer.ts";
export { readTar } from "./layer/read_tar.ts";
export type { LayerProgress, ReadLayerOptions } from "./layer/read_layer_options.ts";
export { unpackLayers } from "./layer/unpack_layers.ts";
export { openRegistry } from "./registry/open_registry.ts";
export type { RegistryOptions } from "./registry/registry_options.ts";
export type { ImageChoice } from "./source/image_choice.ts";
export type { ImageSource, OpenBlobOptions, SourceDocument } from "./source/image_source.ts";
export type { OpenImportOptions } from "./source/import_options.ts";
export { openImport } from "./source/open_import.ts";
export { openTransport } from "./source/open_transport.ts";
export { parseTransport, type Transport } from "./source/transport.ts";
export type { OpenTransportOptions } from "./source/transport_options.ts";
export { writeOciArchive } from "./source/write_oci_archive.ts";
export type { ByteWriter, WriteOciArchiveOptions } from "./source/write_options.ts";
export { readBlob } from "./blob/read_blob.ts";
export { formatReference, parseReference, type Reference } from "./names/reference.ts";
export {
  type TarDataRange,
  tarEnd,
  tarHeader,
  type TarMember,
  type TarMemberType,
  tarPadding,
} from "./layer/tar_header.ts";
