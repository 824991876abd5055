/**
 * The names and documents of container images, as the OCI image and distribution specifications
 * have them.
 *
 * References and platforms are parsed, compared and printed as Apple's `container` does. Documents
 * are checked member by member: whatever their bytes are, the outcome is a typed value or a
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
export * from "./digest.ts";
export { type Descriptor, parseDescriptor } from "./descriptor.ts";
export * from "./image_config.ts";
export * from "./image_index.ts";
export * from "./malformed_json.ts";
export * from "./manifest.ts";
export * from "./normalize_reference.ts";
export * from "./platform.ts";
export * from "./read_blob.ts";
export * from "./reference.ts";
export * from "./tar_header.ts";
