import { type Descriptor, readDescriptor } from "./descriptor.ts";
import { JsonValue } from "./json_value.ts";
import { requireSchemaVersion } from "./schema_version.ts";
import { withoutUndefined } from "./without_undefined.ts";

/**
 * An image index: one manifest for each platform of an image. Docker's manifest lists have the same members.
 *
 * Source: the OCI image specification, `image-index.md`.
 *
 * @example The manifest for one platform
 * ```ts
 * import { type Index, parsePlatform, platformsEqual } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const index: Index = {
 *   schemaVersion: 2,
 *   manifests: [{
 *     mediaType: "application/vnd.oci.image.manifest.v1+json",
 *     digest: "sha256:" + "0".repeat(64),
 *     size: 701,
 *     platform: { os: "linux", architecture: "arm64", variant: "v8" },
 *   }],
 * };
 * const wanted = parsePlatform("linux/arm64");
 * const manifest = index.manifests.find(({ platform }) =>
 *   platform !== undefined && platformsEqual(platform, wanted)
 * );
 * assert.equal(manifest?.size, 701);
 * ```
 */
export interface Index {
  /** Always 2. */
  readonly schemaVersion: 2;
  /** The index's own media type. */
  readonly mediaType?: string;
  /** The manifests, in the order of the document. */
  readonly manifests: readonly Descriptor[];
  /** Facts about the image, by name. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Parses an image index.
 *
 * @param bytes The blob, at most 4 MiB of JSON.
 * @param document The name of the blob, for the error: `index sha256:…`.
 * @returns The index, every member checked.
 * @throws {MalformedJson} If the blob is not an index.
 *
 * @example Usage
 * ```ts
 * import { parseIndex } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const bytes = new TextEncoder().encode(`{ "schemaVersion": 2, "manifests": [] }`);
 * assert.deepEqual(parseIndex(bytes), { schemaVersion: 2, manifests: [] });
 * ```
 */
export function parseIndex(bytes: Uint8Array, document: string = "index"): Index {
  const json = JsonValue.parse(bytes, document);
  return withoutUndefined<Index>({
    schemaVersion: requireSchemaVersion(json),
    mediaType: json.get("mediaType")?.string(),
    manifests: json.require("manifests").elements().map(readDescriptor),
    annotations: json.get("annotations")?.stringMap(),
  });
}
