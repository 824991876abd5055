import { SnapvmError } from "../error/mod.ts";
import {
  applicationSupport,
  type Environment,
  isFolder,
  join,
  resolve,
  snapvmHome,
} from "../host/mod.ts";

/**
 * A folder with images in the layout of Apple's `container`: `state.json`, `content/blobs/` and `snapshots/`.
 *
 * @example Usage
 * ```ts
 * import { listImages, type Store } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * const store: Store = { root: await Deno.makeTempDir(), kind: "snapvm" };
 * assert.deepEqual(await Array.fromAsync(listImages([store])), []);
 * await Deno.remove(store.root);
 * ```
 */
export interface Store {
  /** The folder's absolute path. */
  readonly root: string;
  /**
   * Whose it is. Every store except snapvm's own is Apple's: `container` makes the snapshots there, and snapvm never
   * writes to it.
   */
  readonly kind: "apple" | "snapvm";
}

/** Options for {@linkcode openStores}. */
export interface OpenStoresOptions {
  /** A folder to look in before all others. */
  readonly store?: string | undefined;
  /** The environment variables (default: those of this process). */
  readonly env?: Environment;
  /** The operating system (default: this computer's). */
  readonly os?: typeof Deno.build.os;
  /** The folder that relative paths start from (default: the current one). */
  readonly cwd?: string;
}

/**
 * Finds the stores that exist, in the order in which images are looked for: the named one, `$SNAPVM_STORE`,
 * `$CONTAINER_APP_ROOT`, on macOS the folder of the running `container` (if that variable is not set) and the default
 * folders of `container` and of the Containerization library, and snapvm's own.
 *
 * @param options Where to look.
 * @returns The stores, each once.
 * @throws {SnapvmError} `store-not-found` if the named store is not a folder (the others need not exist);
 * `home-unknown` if the environment does not name a home folder.
 *
 * @example Usage
 * ```ts
 * import { openStores } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * const [store] = await openStores({ store: folder });
 * assert.deepEqual(store, { root: folder, kind: "apple" });
 * await Deno.remove(folder);
 * ```
 */
export async function openStores(options: OpenStoresOptions = {}): Promise<Store[]> {
  const { store, env = Deno.env.toObject(), os = Deno.build.os, cwd = Deno.cwd() } = options;
  if (store !== undefined) await requireFolder(store, resolve(cwd, store));

  const named = [store, env["SNAPVM_STORE"], env["CONTAINER_APP_ROOT"]]
    .flatMap((path) => path ? [resolve(cwd, path)] : []);
  const defaults = os === "darwin" ? await appleRoots(env) : [];
  const own = join(snapvmHome(env, os, cwd), "store");
  const roots = [...new Set([...named, ...defaults, own])];
  const exist = await Promise.all(roots.map(isFolder));
  return roots.filter((_, index) => exist[index])
    .map((root) => ({ root, kind: root === own ? "snapvm" : "apple" }));
}

/** Where `container` and the Containerization library keep images, if no variable says otherwise. */
async function appleRoots(env: Environment): Promise<string[]> {
  const defaults = ["com.apple.container", "com.apple.containerization"]
    .map((name) => join(applicationSupport(env), name));
  if (env["CONTAINER_APP_ROOT"]) return defaults;
  const { runningAppRoot } = await import(
    import.meta.resolve("./running_app_root.ts")
  ) as typeof import("./running_app_root.ts");
  const running = await runningAppRoot(env["PATH"] ?? "");
  return running === undefined ? defaults : [resolve(running), ...defaults];
}

async function requireFolder(written: string, path: string): Promise<void> {
  if (written === "") throw storeNotFound('""', "an empty path does not name a folder");
  try {
    if ((await Deno.stat(path)).isDirectory) return;
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "there is no such folder"
      : "it cannot be looked at";
    throw storeNotFound(path, reason, { cause });
  }
  throw storeNotFound(path, "it is not a folder");
}

function storeNotFound(
  path: string,
  reason: string,
  options?: ErrorOptions,
): SnapvmError<"store-not-found"> {
  return new SnapvmError("store-not-found", `Cannot open the store ${path}: ${reason}`, {
    ...options,
    data: { path },
  });
}
