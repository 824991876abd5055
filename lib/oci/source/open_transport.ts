import type { ImageSource } from "./image_source.ts";
import type { OpenTransportOptions } from "./transport_options.ts";
import { invalidTransport, parseTransport, type Transport } from "./transport.ts";

/**
 * Opens an image where one of skopeo's transports says: `oci:DIR[:NAME]`, `oci-archive:FILE[:NAME]`,
 * `docker-archive:FILE[:REF]`, `containers-storage:REF`, `docker-daemon:REF`. {@linkcode parseTransport} says how they
 * are read. An image in a registry is not opened by this.
 *
 * @param where Where the image is, as text or parsed.
 * @param options How to open it.
 * @returns The image, to be disposed of.
 * @throws {SnapvmError} `invalid-transport` if the text is none of them; `source-unreadable` if the image is not there
 * or damaged; `image-not-in-source` if there is no such image, or several and none is chosen; `blob-not-found`,
 * `corrupt-blob`, `malformed-json`; `program-not-found` and `program-failed` of podman and Docker; `unwritable` if there
 * is no room for temporary files.
 *
 * @example Usage
 * ```ts
 * import { hasCode, openTransport } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(
 *   openTransport("oci:/no/such/folder"),
 *   (error) => hasCode(error, "source-unreadable"),
 * );
 * ```
 */
export async function openTransport(
  where: string | Transport,
  options: OpenTransportOptions = {},
): Promise<ImageSource> {
  const transport = typeof where === "string" ? parseTransport(where) : where;
  if (transport === undefined) {
    throw invalidTransport(String(where), "it does not begin with a transport");
  }
  const { transportSource } = await import(
    import.meta.resolve("./transport_source.ts")
  ) as typeof import("./transport_source.ts");
  return await transportSource(transport, options);
}
