import { isAbsolute, resolve } from "../../../host/mod.ts";
import { reasonOf } from "../../../error/mod.ts";
import { findInAuthFile, parseAuthFile } from "../settings/auth_file.ts";
import { DOCKER_HUB_KEY } from "../settings/auth_file.ts";
import { type Endpoint, isDockerHub } from "../settings/endpoint.ts";
import { configFolder, inHome, type SettingsFolders } from "../settings/folders.ts";
import { invalidSettings, readSettings } from "../settings/read_settings.ts";
import { askCredentialHelper } from "./credential_helper.ts";
import type { FoundCredentials } from "./credentials.ts";

/**
 * Finds out who we are for a repository: in the named file alone, or in `$REGISTRY_AUTH_FILE` alone, or else in the files
 * of podman and then in that of Docker. A file's helper for the registry counts before its entries, and those before its
 * helper for all registries.
 *
 * Source: containers-auth.json(5), and Docker's documentation of `docker login`.
 *
 * @param repository The repository.
 * @param where Where to look.
 * @returns The credentials, if there are any.
 * @throws {SnapvmError} `registry-settings` if a file cannot be read.
 */
export async function findCredentials(
  repository: Endpoint,
  { folders, authFile, signal }: {
    readonly folders: SettingsFolders;
    readonly authFile?: string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<FoundCredentials> {
  const notes: string[] = [];
  for (const { path, isDocker, isNamed } of authFiles(folders, authFile)) {
    const text = await readSettings(path);
    if (text === undefined) {
      if (isNamed) throw invalidSettings(path, "there is no such file");
      continue;
    }
    if (text.trim() === "") continue;
    try {
      const file = parseAuthFile(text);
      const isHub = isDockerHub(repository.registry);
      const name = isHub ? "docker.io" : repository.registry;
      const server = isHub && isDocker ? DOCKER_HUB_KEY : name;
      const helper = file.credHelpers.get(server) ?? file.credHelpers.get(name);
      const asked = helper && await askCredentialHelper(helper, server, { folders, signal, notes });
      if (asked) return { credentials: asked, notes };
      const written = findInAuthFile(file, repository);
      if (written !== undefined) return { credentials: written, notes };
      const store = file.credsStore;
      const kept = store && await askCredentialHelper(store, server, { folders, signal, notes });
      if (kept) return { credentials: kept, notes };
    } catch (error) {
      if (error instanceof TypeError) throw invalidSettings(path, reasonOf(error));
      throw error;
    }
  }
  return { notes };
}

interface Place {
  readonly path: string;
  /** Whether it is Docker's own, in which Docker Hub has another name. */
  readonly isDocker: boolean;
  /** Whether somebody named it, so that it has to be there. */
  readonly isNamed: boolean;
}

function authFiles(folders: SettingsFolders, authFile: string | undefined): Place[] {
  const { env } = folders;
  const named = authFile || env["REGISTRY_AUTH_FILE"];
  if (named) return [{ path: resolve(named), isDocker: false, isNamed: true }];
  const runtime = env["XDG_RUNTIME_DIR"];
  const config = configFolder(folders);
  const docker = env["DOCKER_CONFIG"] || inHome(env, ".docker");
  const podman = [
    runtime !== undefined && isAbsolute(runtime) ? `${runtime}/containers/auth.json` : undefined,
    config && `${config}/containers/auth.json`,
  ];
  return [
    ...podman.flatMap((path) => path ? [{ path, isDocker: false, isNamed: false }] : []),
    ...(docker ? [{ path: `${resolve(docker)}/config.json`, isDocker: true, isNamed: false }] : []),
  ];
}
