import { SnapvmError } from "../../error/mod.ts";
import { quote } from "./quote.ts";

/**
 * The name of an image: `[domain/]path[:tag]` or `[domain/]path@digest`.
 *
 * Source: the OCI distribution specification, `spec.md`.
 *
 * @example Another tag of the same image
 * ```ts
 * import { formatReference, parseReference, type Reference } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const next: Reference = { ...parseReference("quay.io/fedora/fedora-bootc:42"), tag: "43" };
 * assert.equal(formatReference(next), "quay.io/fedora/fedora-bootc:43");
 * ```
 */
export interface Reference {
  /** The registry's host, with its port if it has one; absent if the text names none. */
  readonly domain?: string;
  /** The repository's path inside the registry. */
  readonly path: string;
  /** The tag. A reference has a tag, a digest or neither, never both. */
  readonly tag?: string;
  /** The digest: `sha256:` and 64 hexadecimal digits, upper and lower case as written. */
  readonly digest?: string;
}

/** The longest name (domain and path) that a registry must accept, in characters. */
const MAX_NAME_LENGTH = 255;
/** The longest name, a colon, and the longest tag, in characters. */
const MAX_REFERENCE_LENGTH = MAX_NAME_LENGTH + 1 + 128;
/** No valid reference has more UTF-16 code units than this, so the characters of a longer text need not be counted. */
const MAX_CODE_UNITS = 1024;

const LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const DOMAIN = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);

const ASCII_WORD = "\\w";
/** The letters and digits of every script: `\w` as Unicode Technical Standard #18, Annex C defines it. */
const UNICODE_WORD = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d";
const PATH_TAG_DIGEST = pathTagDigest(ASCII_WORD);

function pathTagDigest(word: string): RegExp {
  return new RegExp(
    "^(?<path>[a-z0-9]+(?:(?:[._]|__|-|/)[a-z0-9]+)*)" +
      `(?::(?<tag>[${word}][${word}.\\-]{0,127}))?` +
      "(?:@(?<digest>sha256:[0-9a-fA-F]{64}))?$",
    "u",
  );
}

/** Matches the part after the domain. The tables of all scripts take milliseconds to build, and few tags need them. */
function matchPathTagDigest(text: string): RegExpExecArray | null {
  const match = PATH_TAG_DIGEST.exec(text);
  if (match !== null || !/[\u0080-\uffff]/.test(text)) return match;
  return pathTagDigest(UNICODE_WORD).exec(text);
}

/**
 * Parses an image reference. The grammar is the distribution project's, with these differences:
 *
 * - A digest is sha256, the only one that can be verified.
 * - A path may not have two `-` in a row.
 * - A tag may have letters and digits of any script: images that were never pushed have such tags.
 * - Of a tag and a digest only the digest stays, since it decides alone.
 *
 * Nothing is added: see {@linkcode normalizeReference} and {@linkcode qualifyReference}.
 *
 * @param text The image's name, from a user or a file.
 * @returns The parts of the reference.
 * @throws {SnapvmError} `invalid-reference` if the text is not a reference.
 *
 * @example Usage
 * ```ts
 * import { parseReference } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseReference("quay.io/fedora/fedora-bootc:42"), {
 *   domain: "quay.io",
 *   path: "fedora/fedora-bootc",
 *   tag: "42",
 * });
 * assert.deepEqual(parseReference("alpine"), { path: "alpine" });
 * ```
 */
export function parseReference(text: string): Reference {
  if (longerThan(text, MAX_REFERENCE_LENGTH)) {
    throw invalidReference(text, `it is longer than ${MAX_REFERENCE_LENGTH} characters`);
  }
  if (/^[a-f0-9]{64}$/.test(text)) {
    throw invalidReference(text, "64 hexadecimal digits are a digest, not a name");
  }
  const [domain, remainder] = splitDomain(text);
  if (domain !== undefined && !DOMAIN.test(domain)) {
    throw invalidReference(text, `${quote(domain)} is not a registry's host`);
  }
  const groups = matchPathTagDigest(remainder)?.groups;
  const path = groups?.["path"];
  if (path === undefined) {
    throw invalidReference(
      text,
      "after the registry it must be a lower-case path, then at most a tag or a digest",
    );
  }
  const host = domain === undefined ? {} : { domain };
  if (formatReference({ ...host, path }).length > MAX_NAME_LENGTH) {
    throw invalidReference(text, `its name is longer than ${MAX_NAME_LENGTH} characters`);
  }
  const tag = groups?.["tag"];
  const digest = groups?.["digest"];
  if (digest !== undefined) return { ...host, path, digest };
  return tag === undefined ? { ...host, path } : { ...host, path, tag };
}

/**
 * Prints a reference: its name, then its tag or its digest.
 *
 * @param reference The parts of the reference.
 * @returns The text that {@linkcode parseReference} parses to the same reference.
 *
 * @example Usage
 * ```ts
 * import { formatReference } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * assert.equal(
 *   formatReference({ domain: "quay.io", path: "example/uki", tag: "1.0" }),
 *   "quay.io/example/uki:1.0",
 * );
 * ```
 */
export function formatReference(reference: Reference): string {
  const name = reference.domain === undefined
    ? reference.path
    : `${reference.domain}/${reference.path}`;
  if (reference.tag !== undefined) return `${name}:${reference.tag}`;
  if (reference.digest !== undefined) return `${name}@${reference.digest}`;
  return name;
}

/**
 * Splits at the first `/` between two parts that are not empty. The first part is a domain only if it cannot be a
 * folder of a path. A lone `localhost` is a domain too, one without a path.
 */
function splitDomain(text: string): [domain: string | undefined, remainder: string] {
  const parts = /^\/*([^/]+)\/(.+)$/s.exec(text);
  const first = parts?.[1];
  const rest = parts?.[2];
  if (first === undefined || rest === undefined) {
    return text.startsWith("localhost") ? [text, ""] : [undefined, text];
  }
  return first.startsWith("localhost") || /[.:]/.test(first) ? [first, rest] : [undefined, text];
}

/** Whether a text has more than `max` characters, counted as a reader sees them (grapheme clusters). */
function longerThan(text: string, max: number): boolean {
  if (text.length <= max) return false;
  if (text.length > MAX_CODE_UNITS) return true;
  return [...new Intl.Segmenter().segment(text)].length > max;
}

function invalidReference(text: string, reason: string): SnapvmError<"invalid-reference"> {
  return new SnapvmError(
    "invalid-reference",
    `Cannot read ${quote(text)} as an image reference: ${reason}`,
    { data: { text } },
  );
}
