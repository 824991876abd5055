import { quote } from "./quote.ts";

/**
 * The name of an image: `[domain/]path[:tag]` or `[domain/]path@digest`.
 *
 * Source: the OCI distribution specification, `spec.md`.
 */
export interface Reference {
  /** The registry's host, with its port if it has one; absent where the text named none. */
  readonly domain?: string;
  /** The repository's path inside the registry. */
  readonly path: string;
  /** The tag. A reference has a tag, a digest or neither, never both. */
  readonly tag?: string;
  /** The digest, `sha256:` and 64 hexadecimal digits, in the case in which it was written. */
  readonly digest?: string;
}

/** A text is not an image reference. */
export class InvalidReference extends Error {
  /** The name of the class. */
  override name = "InvalidReference";

  /** Takes the text and the reason. */
  constructor(text: string, reason: string) {
    super(`Cannot read ${quote(text)} as an image reference: ${reason}`);
  }
}

/** The longest name (domain and path) that a registry has to take, in characters. */
const NAME_LIMIT = 255;
/** The longest name, a colon, and the longest tag, in characters. */
const REFERENCE_LIMIT = NAME_LIMIT + 1 + 128;
/**
 * No reference that keeps the other rules has more UTF-16 code units: there is no need to count in
 * a longer text.
 */
const CODE_UNIT_LIMIT = 1024;

const LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const DOMAIN = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);

const ASCII_WORD = "\\w";
/**
 * ICU's word characters, which Apple's parser takes in a tag: every script's letters and digits.
 */
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

/**
 * Matches what follows the domain. The tables of all scripts take milliseconds to build, and hardly
 * any tag needs them.
 */
function matchPathTagDigest(text: string): RegExpExecArray | null {
  const match = PATH_TAG_DIGEST.exec(text);
  if (match !== null || !/[\u0080-\uffff]/.test(text)) return match;
  return pathTagDigest(UNICODE_WORD).exec(text);
}

/**
 * Parses an image reference by the rules of Apple's `container`, which are those of the
 * distribution project with these differences: only sha256 digests, one `-` at a time in a path,
 * tags in any script, and of a tag and a digest together only the digest stays.
 *
 * Nothing is added: see {@linkcode normalizeReference} and {@linkcode qualifyReference}.
 *
 * @param text What the user or a file names the image.
 * @returns The parts of the reference.
 * @throws {InvalidReference} Where the text is not a reference.
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
  if (longerThan(text, REFERENCE_LIMIT)) {
    throw new InvalidReference(text, `it is longer than ${REFERENCE_LIMIT} characters`);
  }
  if (/^[a-f0-9]{64}$/.test(text)) {
    throw new InvalidReference(text, "64 hexadecimal digits are a digest, not a name");
  }
  const [domain, remainder] = splitDomain(text);
  if (domain !== undefined && !DOMAIN.test(domain)) {
    throw new InvalidReference(text, `${quote(domain)} is not a registry's host`);
  }
  const groups = matchPathTagDigest(remainder)?.groups;
  const path = groups?.["path"];
  if (path === undefined) {
    throw new InvalidReference(
      text,
      "after the registry it must be a lower-case path, then at most a tag or a digest",
    );
  }
  const host = domain === undefined ? {} : { domain };
  if (formatReference({ ...host, path }).length > NAME_LIMIT) {
    throw new InvalidReference(text, `its name is longer than ${NAME_LIMIT} characters`);
  }
  const tag = groups?.["tag"];
  const digest = groups?.["digest"];
  if (digest !== undefined) return { ...host, path, digest };
  return tag === undefined ? { ...host, path } : { ...host, path, tag };
}

/**
 * Prints a reference: its name, then its tag or else its digest.
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
 * Splits at the first `/` between two parts that are not empty. The first part is a domain only
 * where it cannot be taken for a folder of a path; a lone `localhost` is one too (and then has no
 * path).
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

/**
 * Whether a text has more than `limit` characters, counted as a reader sees them (grapheme
 * clusters).
 */
function longerThan(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  if (text.length > CODE_UNIT_LIMIT) return true;
  return [...new Intl.Segmenter().segment(text)].length > limit;
}
