import { join, resolve } from "node:path";
import { isFolder } from "../host/mod.ts";
import { applicationSupport, type Environment, snapvmHome } from "./snapvm_home.ts";

/**
 * A folder with images in the layout of Apple's `container`: `state.json`, `content/blobs/` and
 * `snapshots/`.
 */
export interface Store {
  /** The folder's absolute path. */
  readonly root: string;
  /**
   * Whose it is. In Apple's, which is every store but snapvm's own, `container` makes the
   * snapshots, and snapvm never writes.
   */
  readonly kind: "apple" | "snapvm";
}

/** Where {@linkcode openStores} looks. */
export interface OpenStoresOptions {
  /** The folder that `--store` names. */
  readonly store?: string;
  /** The environment variables. */
  readonly env: Environment;
  /** The operating system. */
  readonly os: typeof Deno.build.os;
  /** The folder from which relative paths count. */
  readonly cwd: string;
}

/** There is no store where the user said that one is. */
export class StoreNotFound extends Error {
  /** The name of the class. */
  override name = "StoreNotFound";
  /** What to give instead. */
  readonly advice: string =
    "A store is a folder with `state.json` and `snapshots` in it, such as `container` keeps.";

  /** Takes the store's path and the reason. */
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`Cannot open the store ${path}: ${reason}`, options);
  }
}

/**
 * Finds the stores that there are, in the order in which an image is looked for: `--store`,
 * `$SNAPVM_STORE`, `$CONTAINER_APP_ROOT`, on macOS the default folders of `container` and of the
 * Containerization library, and snapvm's own.
 *
 * @param options Where to look.
 * @returns The stores that exist, each once.
 * @throws {StoreNotFound} Where `--store` names no folder. All others may be absent.
 * @throws {HomeUnknown} Where the environment names no home folder.
 */
export async function openStores(options: OpenStoresOptions): Promise<Store[]> {
  const { store, env, os, cwd } = options;
  if (store !== undefined) await requireFolder(store, resolve(cwd, store));

  const named = [store, env["SNAPVM_STORE"], env["CONTAINER_APP_ROOT"]]
    .flatMap((path) => path ? [resolve(cwd, path)] : []);
  const defaults = os === "darwin"
    ? ["com.apple.container", "com.apple.containerization"]
      .map((name) => join(applicationSupport(env), name))
    : [];
  const own = join(snapvmHome(env, os, cwd), "store");
  const roots = [...new Set([...named, ...defaults, own])];
  const exist = await Promise.all(roots.map(isFolder));
  return roots.filter((_, index) => exist[index])
    .map((root) => ({ root, kind: root === own ? "snapvm" : "apple" }));
}

async function requireFolder(written: string, path: string): Promise<void> {
  if (written === "") throw new StoreNotFound('""', "an empty path names no folder");
  try {
    if ((await Deno.stat(path)).isDirectory) return;
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "there is no such folder"
      : "it cannot be looked at";
    throw new StoreNotFound(path, reason, { cause });
  }
  throw new StoreNotFound(path, "it is not a folder");
}
