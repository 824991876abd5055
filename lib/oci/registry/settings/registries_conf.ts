import type { Endpoint } from "./endpoint.ts";
import type { Reference } from "../../names/reference.ts";

/** A mirror of a registry. */
export interface Mirror {
  readonly location: string;
  readonly insecure: boolean;
  /** Which references it serves. */
  readonly pulls: "all" | "digest-only" | "tag-only";
}

/** What `registries.conf` says about the references that begin with a prefix. */
export interface RegistryEntry {
  readonly prefix: string;
  /** What stands in the prefix's place; the same if it is empty. */
  readonly location: string;
  readonly insecure: boolean;
  readonly blocked: boolean;
  readonly mirrors: readonly Mirror[];
}

/**
 * Reads the table `registry` of `registries.conf`, version 2.
 *
 * Source: containers-registries.conf(5).
 *
 * @param document The TOML document's value.
 * @returns Its entries.
 * @throws {TypeError} If it is not of the right form.
 */
export function parseRegistriesConf(document: unknown): RegistryEntry[] {
  return tables(member(document, "registry"), "registry").map((table) => {
    const location = text(table, "location");
    const prefix = text(table, "prefix") || location;
    const isWildcard = prefix.startsWith("*.");
    if (prefix === "") throw new TypeError("a [[registry]] has neither a prefix nor a location");
    if (location === "" && !isWildcard) {
      throw new TypeError(`the [[registry]] ${JSON.stringify(prefix)} has no location`);
    }
    const digestOnly = flag(table, "mirror-by-digest-only");
    return {
      prefix: trim(prefix),
      location: trim(location),
      insecure: flag(table, "insecure"),
      blocked: flag(table, "blocked"),
      mirrors: tables(member(table, "mirror"), "registry.mirror").map((mirror) => {
        const place = trim(text(mirror, "location"));
        if (place === "") throw new TypeError("a [[registry.mirror]] has no location");
        return {
          location: place,
          insecure: flag(mirror, "insecure"),
          pulls: digestOnly ? "digest-only" : pulls(text(mirror, "pull-from-mirror")),
        };
      }),
    };
  });
}

/**
 * Finds the entry with the longest prefix that a repository begins with.
 *
 * @param entries All entries.
 * @param name The repository with its registry: `docker.io/library/alpine`.
 * @returns The entry; `undefined` if there is none.
 */
export function findEntry(
  entries: readonly RegistryEntry[],
  name: string,
): RegistryEntry | undefined {
  return entries.filter(({ prefix }) => matchLength(prefix, name) !== undefined)
    .toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
}

/**
 * The places that an entry names for a repository, best first. The last one is the registry itself.
 *
 * @param entry The entry for the repository.
 * @param reference The image, with its registry.
 * @returns The places.
 */
export function endpointsOf(
  entry: RegistryEntry,
  { domain = "", path, digest }: Reference,
): Endpoint[] {
  const name = `${domain}/${path}`;
  const rest = name.slice(matchLength(entry.prefix, name) ?? 0);
  const mirrors = entry.mirrors.filter(({ pulls }) =>
    pulls === "all" || (pulls === "digest-only") === (digest !== undefined)
  );
  const own = { location: entry.location, insecure: entry.insecure };
  return [...mirrors, own].map(({ location, insecure }) => {
    const [, registry = "", place = ""] =
      /^([^/]+)\/(.+)$/.exec(location === "" ? name : location + rest) ?? [];
    if (!HOST.test(registry) || !PATH.test(place)) {
      throw new TypeError(`${JSON.stringify(location)} is not the location of a registry`);
    }
    return { registry, path: place, scheme: insecure ? "any" : "https" };
  });
}

const HOST = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[a-fA-F0-9:]+\])(?::\d{1,5})?$/;
const PATH = /^[a-z0-9]+(?:(?:[._]|__|-+|\/)[a-z0-9]+)*$/;

/** How much of a name a prefix stands for; `undefined` if the name does not begin with it. */
function matchLength(prefix: string, name: string): number | undefined {
  if (prefix.startsWith("*.")) {
    const host = name.split("/")[0] ?? "";
    return host.endsWith(prefix.slice(1)) ? host.length : undefined;
  }
  return name === prefix || name.startsWith(`${prefix}/`) ? prefix.length : undefined;
}

function pulls(value: string): Mirror["pulls"] {
  if (value === "" || value === "all") return "all";
  if (value === "digest-only" || value === "tag-only") return value;
  throw new TypeError(`pull-from-mirror is ${JSON.stringify(value)}`);
}

function tables(value: unknown, name: string): unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new TypeError(`${name} is not an array of tables`);
  return value;
}

function text(table: unknown, name: string): string {
  const value = member(table, name) ?? "";
  if (typeof value !== "string") throw new TypeError(`${name} is not a string`);
  return value;
}

function flag(table: unknown, name: string): boolean {
  const value = member(table, name) ?? false;
  if (typeof value !== "boolean") throw new TypeError(`${name} is neither true nor false`);
  return value;
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) throw new TypeError("it is not a table");
  return Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function trim(location: string): string {
  return location.replace(/\/+$/, "");
}
