import { qualifyReference } from "../names/normalize_reference.ts";
import type { ImageSource } from "../source/image_source.ts";
import type { RegistryOptions } from "./registry_options.ts";

/**
 * Opens an image in a registry. Nothing is asked of the registry before the image is read.
 *
 * Credentials are those that podman and Docker keep, mirrors and blocked registries those of `registries.conf`, proxies
 * those of the environment. Without `plainHttp`, or `insecure` in `registries.conf`, everything is encrypted, to this
 * machine's own registries too. `docs/registry.md` has the details.
 *
 * Source: the OCI distribution specification.
 *
 * @param reference The image: `alpine`, `quay.io/fedora/fedora-bootc:42`, `ghcr.io/x/y@sha256:…`.
 * @param options How to reach the registry.
 * @returns The image, to be disposed of. Its methods throw `SnapvmError` with the codes `registry-error` (the registry's
 * own words), `registry-unreachable`, `registry-protocol` (an answer that makes no sense), `corrupt-blob`,
 * `registry-settings` and `malformed-json`.
 * @throws {SnapvmError} `invalid-reference` if the text is no reference; `registry-settings` if a file that says how to
 * reach registries cannot be read; `registry-blocked` if one of them forbids it.
 *
 * @example Usage
 * ```ts
 * import { openRegistry } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * await using image = await openRegistry("alpine");
 * assert.equal(image.reference, "docker.io/library/alpine:latest");
 * // const { descriptor, bytes } = await image.root();
 * ```
 */
export async function openRegistry(
  reference: string,
  options: RegistryOptions = {},
): Promise<ImageSource> {
  const qualified = qualifyReference(reference);
  const { connect } = await import(
    import.meta.resolve("./connect.ts")
  ) as typeof import("./connect.ts");
  return await connect(reference, qualified, options);
}
