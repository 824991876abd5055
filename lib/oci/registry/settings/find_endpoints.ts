import { SnapvmError } from "../../../error/mod.ts";
import { reasonOf } from "../../../error/mod.ts";
import type { Reference } from "../../names/reference.ts";
import type { Endpoint } from "./endpoint.ts";
import { configFolder, type SettingsFolders } from "./folders.ts";
import { invalidSettings, readSettings } from "./read_settings.ts";
import {
  endpointsOf,
  findEntry,
  parseRegistriesConf,
  type RegistryEntry,
} from "./registries_conf.ts";

/**
 * Finds the places to pull an image from: the mirrors that `registries.conf` names, then the registry.
 *
 * Source: containers-registries.conf(5) and containers-registries.conf.d(5).
 *
 * @param reference The full reference.
 * @param options Where to look, and whether the user wants the registry without encryption.
 * @returns The places, best first.
 * @throws {SnapvmError} `registry-settings` if a file cannot be read; `registry-blocked` if one forbids the image.
 */
export async function findEndpoints(
  reference: Reference,
  { folders, plainHttp }: { readonly folders: SettingsFolders; readonly plainHttp: boolean },
): Promise<Endpoint[]> {
  const { domain = "", path } = reference;
  const name = `${domain}/${path}`;
  // Later files count before earlier ones, and all drop-ins before the file itself.
  const entries = new Map<string, RegistryEntry & { readonly file: string }>();
  for (const file of await listFiles(folders)) {
    for (const entry of await readEntries(file)) entries.set(entry.prefix, { ...entry, file });
  }
  const found = findEntry([...entries.values()], name);
  const entry = found && entries.get(found.prefix);
  if (entry === undefined) {
    return [{ registry: domain, path, scheme: plainHttp ? "http" : "https" }];
  }
  if (entry.blocked) {
    throw new SnapvmError("registry-blocked", `Cannot pull ${name}: ${entry.file} blocks it`, {
      data: { path: entry.file },
    });
  }
  try {
    const endpoints = endpointsOf(entry, reference);
    const last = endpoints.length - 1;
    return endpoints.map((endpoint, index) =>
      plainHttp && index === last ? { ...endpoint, scheme: "http" } : endpoint
    );
  } catch (cause) {
    throw invalidSettings(entry.file, reasonOf(cause), cause);
  }
}

/** The files in the order in which they are read. */
async function listFiles(folders: SettingsFolders): Promise<string[]> {
  const { etc, env } = folders;
  const config = configFolder(folders);
  const system = `${etc}/containers/registries.conf`;
  const own = config && `${config}/containers/registries.conf`;
  const named = env["CONTAINERS_REGISTRIES_CONF"];
  const main = named || (own !== undefined && await isThere(own) ? own : system);
  const dropIns = await Promise.all(
    [system, own].flatMap((file) => file === undefined ? [] : [list(`${file}.d`)]),
  );
  return [main, ...dropIns.flat()];
}

async function list(folder: string): Promise<string[]> {
  try {
    const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
    return names.filter((name) => name.endsWith(".conf")).sort()
      .map((name) => `${folder}/${name}`);
  } catch {
    return [];
  }
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function readEntries(file: string): Promise<RegistryEntry[]> {
  const text = await readSettings(file);
  // Most of these files are comments, and lists of short names.
  if (text === undefined || !/^\s*\[\[\s*["']?registry|^\s*registry\b/m.test(text)) return [];
  const { parse } = await import("smol-toml");
  try {
    return parseRegistriesConf(parse(text));
  } catch (cause) {
    throw invalidSettings(file, reasonOf(cause).split("\n")[0] ?? "", cause);
  }
}
