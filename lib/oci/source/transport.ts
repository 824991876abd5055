import { SnapvmError } from "../../error/mod.ts";
import { quote } from "../names/quote.ts";
import type { ImageChoice } from "./image_choice.ts";

/**
 * Where an image is, as skopeo and podman write it.
 *
 * @example Usage
 * ```ts
 * import { parseTransport, type Transport } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const transport: Transport | undefined = parseTransport("oci-archive:image.tar:v1");
 * assert.deepEqual(transport, { kind: "oci-archive", path: "image.tar", image: { name: "v1" } });
 * ```
 */
export type Transport =
  /** A folder or a file. */
  | {
    readonly kind: "oci" | "oci-archive" | "docker-archive";
    readonly path: string;
    /** Which of its images; absent if it has only one. */
    readonly image?: ImageChoice;
  }
  /** Another program's images, or a registry's. */
  | {
    readonly kind: "containers-storage" | "docker-daemon" | "docker";
    readonly reference: string;
  };

const FILES = ["oci", "oci-archive", "docker-archive"] as const;
const PROGRAMS = ["containers-storage", "docker-daemon"] as const;
/** What else skopeo knows. As references they would be images of these names, which nobody has. */
const OTHERS: readonly string[] = ["atomic", "dir", "ostree", "sif", "tarball"];

/**
 * Reads one of skopeo's transports: `oci:DIR[:NAME]`, `oci-archive:FILE[:NAME]`, `docker-archive:FILE[:REF]`,
 * `containers-storage:REF`, `docker-daemon:REF` or `docker://REF`. A path ends at its first colon, as skopeo's do.
 * Instead of a name there may be a digest, or `@` and the image's place in the list, from 0.
 *
 * Source: `containers-transports(5)`.
 *
 * @param text What the user wrote.
 * @returns The transport; `undefined` if the text begins with none.
 * @throws {SnapvmError} `invalid-transport` if it is one that snapvm does not know, or if something is missing in it.
 *
 * @example Usage
 * ```ts
 * import { parseTransport } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseTransport("oci:layout:v1"), {
 *   kind: "oci",
 *   path: "layout",
 *   image: { name: "v1" },
 * });
 * assert.deepEqual(parseTransport("docker-archive:saved.tar:@1"), {
 *   kind: "docker-archive",
 *   path: "saved.tar",
 *   image: { position: 1 },
 * });
 * assert.equal(parseTransport("quay.io/fedora/fedora-bootc:42"), undefined);
 * ```
 */
export function parseTransport(text: string): Transport | undefined {
  if (text.startsWith("docker://")) {
    return { kind: "docker", reference: required(text, text.slice(9), "names no image") };
  }
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  const transport = text.slice(0, colon);
  const details = text.slice(colon + 1);
  const file = FILES.find((kind) => kind === transport);
  if (file !== undefined) return { kind: file, ...parseFile(text, details) };
  const program = PROGRAMS.find((kind) => kind === transport);
  if (program !== undefined) {
    return { kind: program, reference: required(text, details, "names no image") };
  }
  if (!OTHERS.includes(transport)) return undefined;
  throw invalidTransport(
    text,
    `snapvm reads ${[...FILES, ...PROGRAMS].map((kind) => `\`${kind}:\``).join(", ")} and ` +
      `\`docker://\`, and not \`${transport}:\``,
  );
}

function parseFile(
  text: string,
  details: string,
): { readonly path: string; readonly image?: ImageChoice } {
  const colon = details.indexOf(":");
  const path = required(text, colon < 0 ? details : details.slice(0, colon), "has no path");
  const name = colon < 0 ? "" : details.slice(colon + 1);
  if (name === "") return { path };
  if (!name.startsWith("@")) return { path, image: { name } };
  const position = /^@(\d{1,9})$/.exec(name)?.[1];
  if (position !== undefined) return { path, image: { position: Number(position) } };
  if (!name.includes(":")) throw invalidTransport(text, "behind `@` is a number, from 0");
  return { path, image: { name: name.slice(1) } };
}

function required(text: string, part: string, reason: string): string {
  if (part === "") throw invalidTransport(text, `it ${reason}`);
  return part;
}

/** The error for a text that is no transport that can be read. */
export function invalidTransport(text: string, reason: string): SnapvmError<"invalid-transport"> {
  return new SnapvmError("invalid-transport", `Cannot read the image ${quote(text)}: ${reason}`, {
    data: { text },
  });
}
