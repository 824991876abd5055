import { type Descriptor, readDescriptor } from "./descriptor.ts";
import { JsonValue } from "./json_value.ts";
import { requireSchemaVersion } from "./schema_version.ts";
import { withoutUndefined } from "./without_undefined.ts";

/**
 * An image manifest: the configuration and the layers of an image for one platform. Docker's have the same members.
 *
 * Source: the OCI image specification, `manifest.md`.
 *
 * @example The size of the download
 * ```ts
 * import { type Manifest, parseManifest } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const digest = "sha256:" + "0".repeat(64);
 * const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest, size: 1024 };
 * const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: 512 };
 * const blob = JSON.stringify({ schemaVersion: 2, config, layers: [layer, layer] });
 *
 * const manifest: Manifest = parseManifest(new TextEncoder().encode(blob));
 * assert.equal(manifest.layers.reduce((sum, { size }) => sum + size, 0), 2048);
 * ```
 */
export interface Manifest {
  /** Always 2. */
  readonly schemaVersion: 2;
  /** The manifest's own media type. */
  readonly mediaType?: string;
  /** The image's configuration: {@linkcode parseImageConfig} parses its blob. */
  readonly config: Descriptor;
  /** The layers, lowest first. */
  readonly layers: readonly Descriptor[];
  /** Facts about the image, by name. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Parses an image manifest.
 *
 * @param bytes The blob, at most 4 MiB of JSON.
 * @param document The name of the blob, for the error: `manifest sha256:…`.
 * @returns The manifest, every member checked.
 * @throws {MalformedJson} If the blob is not a manifest.
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
