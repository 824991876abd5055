import { JsonValue } from "../documents/json_value.ts";
import type { HttpAnswer } from "./transport/http.ts";
import { protocolError } from "./transport/protocol_error.ts";

/** The media types of indexes and manifests, OCI's and Docker's. */
export const ACCEPTED_MANIFESTS: readonly string[] = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];

/** Docker's manifests of before 2016, signed and not. They have no digest to verify layers with. */
const SCHEMA_1: readonly string[] = [
  "application/vnd.docker.distribution.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v1+prettyjws",
];

/** Whether a blob is read from where a registry has its manifests. */
export function isManifestType(mediaType: string): boolean {
  return ACCEPTED_MANIFESTS.includes(mediaType);
}

/**
 * Finds out what kind of document a registry gave. Header and document must not contradict each other: whoever goes by
 * one of them would see another image than whoever goes by the other (CVE-2021-41190).
 *
 * @param bytes The document.
 * @param answer The answer that it came with.
 * @param name The repository, for the error.
 * @returns The media type.
 * @throws {SnapvmError} `registry-protocol` if it is none that is known; `malformed-json` if it is not JSON.
 */
export function manifestType(bytes: Uint8Array, answer: HttpAnswer, name: string): string {
  const header = answer.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  const json = JsonValue.parse(bytes, `manifest of ${name}`);
  const version = json.get("schemaVersion")?.count();
  if (SCHEMA_1.includes(header) || version === 1) {
    throw refused("it is in Docker's schema 1, which nothing has written since 2017");
  }
  const member = json.get("mediaType")?.string() ?? "";
  const [isIndex, isManifest] = [json.get("manifests"), json.get("layers") ?? json.get("config")]
    .map((value) => value !== undefined);
  if (isIndex && isManifest) throw refused("it is both an index and a manifest");
  const types = [header, member].filter(isManifestType);
  const guess = isIndex ? ACCEPTED_MANIFESTS[0] : isManifest ? ACCEPTED_MANIFESTS[1] : undefined;
  const type = types[0] ?? (member === "" ? guess : undefined);
  if (type === undefined) {
    throw refused(`it is of the type ${JSON.stringify((member || header).slice(0, 100))}`);
  }
  if (types.some((other) => other !== type)) {
    throw refused(`it is sent as ${header}, and says of itself that it is ${member}`);
  }
  return type;

  function refused(reason: string) {
    return protocolError(answer.url, `Cannot read the manifest of ${name}: ${reason}`);
  }
}
