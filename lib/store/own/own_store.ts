import { type Environment, join, snapvmHome, unwritable } from "../../host/mod.ts";

/**
 * snapvm's own store: the folder `store` in snapvm's home, in the layout of Apple's `container`. It is the only store
 * that snapvm writes to.
 *
 * @example Usage
 * ```ts
 * import { openOwnStore, type OwnStore } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * const home = await Deno.makeTempDir();
 * const own: OwnStore = await openOwnStore({ env: { SNAPVM_HOME: home } });
 * assert.deepEqual(own, { root: `${home}/store`, kind: "snapvm" });
 * await Deno.remove(home, { recursive: true });
 * ```
 */
export interface OwnStore {
  /** The folder's absolute path. */
  readonly root: string;
  /** Whose it is. */
  readonly kind: "snapvm";
}

/** Options for {@linkcode openOwnStore}. */
export interface OpenOwnStoreOptions {
  /** The environment variables (default: those of this process). */
  readonly env?: Environment;
  /** The operating system (default: this computer's). */
  readonly os?: typeof Deno.build.os;
  /** The folder that a relative `$SNAPVM_HOME` starts from (default: the current one). */
  readonly cwd?: string;
}

/** The folders of a store, in Apple's layout. */
const FOLDERS = ["content/blobs/sha256", "content/ingest", "snapshots/ingest"];

/**
 * Opens snapvm's own store, and makes its folders if they are not there, for this user alone.
 *
 * @param options Where it is.
 * @returns The store.
 * @throws {SnapvmError} `home-unknown` if the environment does not name a home folder; `unwritable` if the folders
 * cannot be made.
 *
 * @example Usage
 * ```ts
 * import { openOwnStore } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * const home = await Deno.makeTempDir();
 * const { root } = await openOwnStore({ env: { SNAPVM_HOME: home } });
 * assert.ok((await Deno.stat(`${root}/content/blobs/sha256`)).isDirectory);
 * await Deno.remove(home, { recursive: true });
 * ```
 */
export async function openOwnStore(options: OpenOwnStoreOptions = {}): Promise<OwnStore> {
  const { env = Deno.env.toObject(), os = Deno.build.os, cwd = Deno.cwd() } = options;
  const root = join(snapvmHome(env, os, cwd), "store");
  try {
    for (const folder of FOLDERS) {
      await Deno.mkdir(join(root, folder), { recursive: true, mode: 0o700 });
    }
  } catch (cause) {
    throw unwritable(root, cause);
  }
  return { root, kind: "snapvm" };
}
