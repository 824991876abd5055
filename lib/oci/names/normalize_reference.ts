import { parseReference, type Reference } from "./reference.ts";

/** The registry of a reference without a domain. */
const DEFAULT_REGISTRY = "docker.io";
/** The domains of Docker's registry, on which a path without a folder is in `library/`. */
const LIBRARY_REGISTRIES: readonly string[] = [DEFAULT_REGISTRY, "registry-1.docker.io"];
const LIBRARY = "library/";

/**
 * Completes a reference: adds `library/` to a single name on Docker's registry, and the tag `latest` if there is
 * neither a tag nor a digest. It never adds a domain; {@linkcode qualifyReference} does.
 *
 * @param reference A parsed reference.
 * @returns The completed reference.
 *
 * @example Usage
 * ```ts
 * import { formatReference, normalizeReference, parseReference } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const normalize = (text: string) => formatReference(normalizeReference(parseReference(text)));
 * assert.equal(normalize("alpine"), "alpine:latest");
 * assert.equal(normalize("docker.io/alpine:3"), "docker.io/library/alpine:3");
 * ```
 */
export function normalizeReference(reference: Reference): Reference {
  const { domain, path, tag, digest } = reference;
  const inLibrary = domain !== undefined && LIBRARY_REGISTRIES.includes(domain) &&
    !path.includes("/");
  return {
    ...reference,
    path: inLibrary ? LIBRARY + path : path,
    ...(tag === undefined && digest === undefined ? { tag: "latest" } : {}),
  };
}

/**
 * Parses an image name that a user typed into a full reference: on the default registry if it names none, and
 * normalized.
 *
 * @param text The name that the user typed.
 * @param registry The domain for a reference that has none.
 * @returns The full reference.
 * @throws {SnapvmError} `invalid-reference` if the text is not a reference.
 *
 * @example Usage
 * ```ts
 * import { formatReference, qualifyReference } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatReference(qualifyReference("alpine")), "docker.io/library/alpine:latest");
 * assert.equal(formatReference(qualifyReference("x/y", "ghcr.io")), "ghcr.io/x/y:latest");
 * ```
 */
export function qualifyReference(text: string, registry: string = DEFAULT_REGISTRY): Reference {
  const reference = parseReference(text);
  return normalizeReference(
    reference.domain === undefined ? parseReference(`${registry}/${text}`) : reference,
  );
}

/**
 * The short form of a reference for people: without the default registry, and without `library/` if that is Docker's.
 *
 * @param reference A full reference.
 * @param registry The domain to leave out.
 * @returns A reference that {@linkcode qualifyReference} completes again.
 *
 * @example Usage
 * ```ts
 * import { formatReference, parseReference, shortenReference } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const full = parseReference("docker.io/library/alpine:latest");
 * assert.equal(formatReference(shortenReference(full)), "alpine:latest");
 * ```
 */
export function shortenReference(
  reference: Reference,
  registry: string = DEFAULT_REGISTRY,
): Reference {
  const { domain, path, ...tagOrDigest } = reference;
  if (domain !== registry) return reference;
  const inLibrary = LIBRARY_REGISTRIES.includes(registry) && path.startsWith(LIBRARY);
  return { path: inLibrary ? path.slice(LIBRARY.length) : path, ...tagOrDigest };
}
