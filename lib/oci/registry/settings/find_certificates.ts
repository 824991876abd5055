import { resolve } from "../../../host/mod.ts";
import { configFolder, inHome, type SettingsFolders } from "./folders.ts";
import { hostOf } from "./endpoint.ts";
import { invalidSettings, readSettings } from "./read_settings.ts";

/** Whom to trust, and who we are. */
export interface Certificates {
  /** Authorities to trust besides the usual ones, in PEM. */
  readonly ca: readonly string[];
  /** The certificate that says who we are, with its key, in PEM. */
  readonly identity?: { readonly cert: string; readonly key: string };
}

/**
 * Finds the certificates for a registry: those of a named file, of `$SSL_CERT_FILE`, and of the first of the folders
 * `certs.d` of podman and Docker that has one for the host.
 *
 * Source: containers-certs.d(5).
 *
 * @param registry The registry with its port.
 * @param where Where to look.
 * @returns The certificates.
 * @throws {SnapvmError} `registry-settings` if one of them is not there although it is named, or cannot be read.
 */
export async function findCertificates(
  registry: string,
  { folders, caFile }: {
    readonly folders: SettingsFolders;
    readonly caFile?: string | undefined;
  },
): Promise<Certificates> {
  const { etc, env } = folders;
  const ca: string[] = [];
  if (caFile !== undefined) ca.push(await readPem(resolve(caFile)));
  const bundle = env["SSL_CERT_FILE"];
  // As for every other program, it need not be there.
  if (bundle) {
    ca.push(...[await readSettings(resolve(bundle))].filter((text) => text !== undefined));
  }
  const places = [
    [configFolder(folders), "containers/certs.d"],
    [etc, "containers/certs.d"],
    [etc, "docker/certs.d"],
    [inHome(env, ".docker"), "certs.d"],
  ].flatMap(([folder, name]) => folder === undefined ? [] : [`${folder}/${name}`]);
  // Never a path out of the folder: a host has neither a slash nor `..`.
  for (const host of new Set([registry, hostOf(registry)])) {
    for (const place of places) {
      const found = await readFolder(`${place}/${host}`);
      if (found !== undefined) return { ...found, ca: [...ca, ...found.ca] };
    }
  }
  return { ca };
}

async function readFolder(folder: string): Promise<Certificates | undefined> {
  let names: string[];
  try {
    names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
  } catch {
    return undefined;
  }
  const ca = await Promise.all(
    names.filter((name) => name.endsWith(".crt")).map((name) => readPem(`${folder}/${name}`)),
  );
  const certificate = names.find((name) => name.endsWith(".cert"));
  if (certificate === undefined) return { ca };
  const [cert, key] = await Promise.all([
    readPem(`${folder}/${certificate}`),
    readPem(`${folder}/${certificate.slice(0, -".cert".length)}.key`),
  ]);
  return { ca, identity: { cert, key } };
}

async function readPem(path: string): Promise<string> {
  const text = await readSettings(path);
  if (text === undefined) throw invalidSettings(path, "there is no such file");
  if (!text.includes("-----BEGIN ")) throw invalidSettings(path, "it is not in PEM");
  return text;
}
