import { type Descriptor, readDescriptor } from "./descriptor.ts";
import { JsonValue } from "./json_value.ts";
import { requireSchemaVersion } from "./schema_version.ts";
import { withoutUndefined } from "./without_undefined.ts";

/**
 * An image manifest: the configuration and the layers of an image for one platform. Docker's have
 * the same members.
 *
 * Source: the OCI image specification, `manifest.md`.
 */
export interface Manifest {
  /** Always 2. */
  readonly schemaVersion: 2;
  /** What the manifest calls itself. */
  readonly mediaType?: string;
  /** The image's configuration: {@linkcode parseImageConfig} takes its blob. */
  readonly config: Descriptor;
  /** The layers, the lowest first. */
  readonly layers: readonly Descriptor[];
  /** Facts about the image, by name. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Parses an image manifest.
 *
 * @param bytes The blob, at most 4 MiB of JSON.
 * @param document What the blob is, for the error: `manifest sha256:…`.
 * @returns The manifest, every member checked.
 * @throws {MalformedJson} Where the blob is not a manifest.
 *
 * @example Usage
 * ```ts
 * import { MalformedJson, parseManifest } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const bytes = new TextEncoder().encode(`{ "schemaVersion": 2, "config": 7, "layers": [] }`);
 * assert.throws(() => parseManifest(bytes), MalformedJson);
 * ```
 */
export function parseManifest(bytes: Uint8Array, document: string = "manifest"): Manifest {
  const json = JsonValue.parse(bytes, document);
  return withoutUndefined<Manifest>({
    schemaVersion: requireSchemaVersion(json),
    mediaType: json.get("mediaType")?.string(),
    config: readDescriptor(json.require("config")),
    layers: json.require("layers").elements().map(readDescriptor),
    annotations: json.get("annotations")?.stringMap(),
  });
}
