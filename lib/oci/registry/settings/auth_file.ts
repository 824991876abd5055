import type { Credentials } from "../authentication/credentials.ts";
import type { Endpoint } from "./endpoint.ts";
import { isDockerHub } from "./endpoint.ts";

/** The key of Docker Hub in Docker's file, and what its credential helpers know it by. */
export const DOCKER_HUB_KEY = "https://index.docker.io/v1/";

/** A file of credentials, of podman's or Docker's. */
export interface AuthFile {
  /** Credentials by registry, or by the beginning of a repository's name. */
  readonly auths: ReadonlyMap<string, unknown>;
  /** The helper for each registry. */
  readonly credHelpers: ReadonlyMap<string, string>;
  /** The helper for all registries. */
  readonly credsStore?: string;
}

/**
 * Parses a file of credentials.
 *
 * Source: containers-auth.json(5), and Docker's `config.json`.
 *
 * @param text The file.
 * @returns What it says.
 * @throws {TypeError} If it is not of the right form. The message has nothing of the file's content.
 */
export function parseAuthFile(text: string): AuthFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TypeError("it is not JSON");
  }
  const file = object(value, "it");
  const credsStore = file["credsStore"];
  if (credsStore !== undefined && typeof credsStore !== "string") {
    throw new TypeError("credsStore is not a string");
  }
  return {
    auths: new Map(Object.entries(object(file["auths"] ?? {}, "auths"))),
    credHelpers: new Map(
      Object.entries(object(file["credHelpers"] ?? {}, "credHelpers"))
        .flatMap(([registry, helper]) => typeof helper === "string" ? [[registry, helper]] : []),
    ),
    ...(credsStore ? { credsStore } : {}),
  };
}

/**
 * Finds the credentials for a repository in a file: those with the longest key that the repository's name begins with.
 *
 * @param file The file.
 * @param repository The repository.
 * @returns The credentials; `undefined` if there are none.
 * @throws {TypeError} If they are not of the right form. The message has nothing of them.
 */
export function findInAuthFile(file: AuthFile, repository: Endpoint): Credentials | undefined {
  for (const key of keysOf(repository)) {
    for (const [name, entry] of file.auths) {
      if (normalizeKey(name) !== key) continue;
      const credentials = parseEntry(entry, name);
      // Docker leaves an empty entry behind when a helper keeps the credentials.
      if (credentials !== undefined) return credentials;
    }
  }
  return undefined;
}

/** The beginnings of a repository's name, longest first. */
function keysOf({ registry, path }: Endpoint): string[] {
  const host = isDockerHub(registry) ? "docker.io" : registry;
  const parts = [host, ...path.split("/")];
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
}

/** Docker writes addresses with a scheme and sometimes with the version of the protocol. */
function normalizeKey(key: string): string {
  const name = key.replace(/^https?:\/\//, "").replace(/\/v[12]\/?$/, "").replace(/\/$/, "");
  const slash = name.indexOf("/");
  const host = slash < 0 ? name : name.slice(0, slash);
  return isDockerHub(host) ? `docker.io${slash < 0 ? "" : name.slice(slash)}` : name;
}

function parseEntry(value: unknown, name: string): Credentials | undefined {
  const entry = object(value, `the entry of ${JSON.stringify(name)}`);
  const text = (key: string) => {
    const value = entry[key];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const identity = text("identitytoken");
  if (identity !== undefined) return { kind: "identity-token", token: identity };
  const registry = text("registrytoken");
  if (registry !== undefined && /^[\x21-\x7e]+$/.test(registry)) {
    return { kind: "registry-token", token: registry };
  }
  const auth = text("auth");
  if (auth !== undefined) {
    const [username, password] = decodeAuth(auth, name);
    return { kind: "password", username, password };
  }
  const username = text("username");
  const password = text("password");
  return username === undefined || password === undefined
    ? undefined
    : { kind: "password", username, password };
}

function decodeAuth(auth: string, name: string): readonly [username: string, password: string] {
  let decoded: string;
  try {
    decoded = new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.fromBase64(auth));
  } catch {
    throw new TypeError(`the entry of ${JSON.stringify(name)} is not in base64`);
  }
  const colon = decoded.indexOf(":");
  if (colon < 1) throw new TypeError(`the entry of ${JSON.stringify(name)} has no name`);
  // Old versions of Docker pad the password with zeros.
  return [decoded.slice(0, colon), decoded.slice(colon + 1).replace(/\0+$/, "")];
}

function object(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`${name} is not an object`);
  }
  return value as Readonly<Record<string, unknown>>;
}
