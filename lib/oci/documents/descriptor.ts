import { hasCode } from "../../error/mod.ts";
import { parseDigest } from "../blob/digest.ts";
import { JsonValue } from "./json_value.ts";
import type { Platform } from "../names/platform.ts";
import { withoutUndefined } from "./without_undefined.ts";

/**
 * A pointer to a blob.
 *
 * Source: the OCI image specification, `descriptor.md`.
 *
 * @example Describe some bytes
 * ```ts
 * import { type Descriptor, sha256Digest } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const bytes = new TextEncoder().encode("hello");
 * const descriptor: Descriptor = {
 *   mediaType: "text/plain",
 *   digest: await sha256Digest(bytes),
 *   size: bytes.length,
 * };
 * assert.equal(descriptor.size, 5);
 * ```
 */
export interface Descriptor {
  /** The type of the blob's content. */
  readonly mediaType: string;
  /** The blob's digest, `algorithm:value`: {@linkcode parseDigest} takes it apart. */
  readonly digest: string;
  /** The blob's size in bytes. */
  readonly size: number;
  /** More places to download the blob from. */
  readonly urls?: readonly string[];
  /** Facts about the blob, by name. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The platform of the image, if the descriptor is in an index. */
  readonly platform?: Platform;
  /** What the manifest describes, if that is not an image. */
  readonly artifactType?: string;
}

/**
 * Checks a descriptor out of a JSON document of any kind.
 *
 * @param value The decoded JSON value.
 * @param document The name of the document, for the error.
 * @returns The descriptor, with a well-formed digest.
 * @throws {MalformedJson} If a member is missing or of the wrong type.
 *
 * @example Usage
 * ```ts
 * import { parseDescriptor } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const digest = "sha256:" + "0".repeat(64);
 * const value: unknown = JSON.parse(`{"mediaType":"text/plain","digest":"${digest}","size":2}`);
 * assert.equal(parseDescriptor(value).digest, digest);
 * ```
 */
export function parseDescriptor(value: unknown, document: string = "descriptor"): Descriptor {
  return readDescriptor(new JsonValue(value, document));
}

/** Checks a descriptor inside a document. */
export function readDescriptor(json: JsonValue): Descriptor {
  return withoutUndefined<Descriptor>({
    mediaType: json.require("mediaType").string(),
    digest: readDigest(json.require("digest")),
    size: json.require("size").count(),
    urls: json.get("urls")?.strings(),
    annotations: json.get("annotations")?.stringMap(),
    platform: readPlatform(json.get("platform")),
    artifactType: json.get("artifactType")?.string(),
  });
}

function readDigest(json: JsonValue): string {
  const text = json.string();
  try {
    parseDigest(text);
  } catch (cause) {
    if (!hasCode(cause, "invalid-digest")) throw cause;
    throw json.malformed("is not a digest", { cause });
  }
  return text;
}

function readPlatform(json: JsonValue | undefined): Platform | undefined {
  if (json === undefined) return undefined;
  return withoutUndefined<Platform>({
    os: json.require("os").string(),
    architecture: json.require("architecture").string(),
    variant: json.get("variant")?.string(),
  });
}
