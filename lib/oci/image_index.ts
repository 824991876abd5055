import { type Descriptor, readDescriptor } from "./descriptor.ts";
import { JsonValue } from "./json_value.ts";
import { requireSchemaVersion } from "./schema_version.ts";
import { withoutUndefined } from "./without_undefined.ts";

/**
 * An image index: one manifest for each platform of an image. Docker's manifest lists have the same
 * members.
 *
 * Source: the OCI image specification, `image-index.md`.
 */
export interface Index {
  /** Always 2. */
  readonly schemaVersion: 2;
  /** What the index calls itself. */
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
 * @param document What the blob is, for the error: `index sha256:…`.
 * @returns The index, every member checked.
 * @throws {MalformedJson} Where the blob is not an index.
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
