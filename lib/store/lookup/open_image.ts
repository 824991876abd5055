import { hasCode, SnapvmError } from "../../error/mod.ts";
import { Ext4 } from "../../ext4/mod.ts";
import { hostPlatform, parseTransport, type Platform } from "../../oci/mod.ts";
import type { AcquireOptions, PullPolicy } from "../acquire/acquire_options.ts";
import { type Acquirable, isAcquirable } from "../acquire/is_acquirable.ts";
import { openStores } from "../open_stores.ts";
import { holdSnapshot } from "../snapshot/hold_snapshot.ts";
import { isFilePath, resolveImage } from "./resolve_image.ts";
import type { ResolvedImage } from "./resolved_image.ts";

/** Which image is meant by a name, and whether it is brought if it is not there. */
export interface ImageOptions extends AcquireOptions {
  /** The folder of a store that is searched before the others. */
  readonly store?: string | undefined;
  /** Which of the image's platforms; by default this machine's. */
  readonly platform?: Platform | undefined;
}

/** An image with its filesystem open. Until it is disposed of, its snapshot is not removed from snapvm's own store. */
export interface OpenedImage extends Disposable {
  /** The way from the name to the snapshot. */
  readonly image: ResolvedImage;
  /** The root filesystem. */
  readonly root: Ext4;
}

/**
 * Finds an image in the stores and opens its filesystem.
 *
 * @param name A reference, a digest or a unique prefix of one, the path of an ext4 file (it starts with `/`, `./` or
 * `../`), or one of skopeo's transports: `oci:FOLDER`, `oci-archive:FILE`, `docker-archive:FILE`,
 * `containers-storage:REFERENCE`, `docker-daemon:REFERENCE`.
 * @param options Which image is meant, and whether it is brought if it is not there.
 * @returns The image, to be disposed of in the end.
 * @throws {SnapvmError} `image-not-found`, `platform-not-found`, `snapshot-not-found` and the like if there is none;
 * `unreadable-filesystem` if its file is not an ext4 filesystem; what a registry or a transport fails with.
 * @throws The signal's reason.
 *
 * @example
 * ```ts
 * import { openImage } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * using opened = await openImage("./tests/fixtures/tiny.ext4");
 * assert.match(await opened.root.readTextFile("/etc/os-release"), /^ID=tiny$/m);
 * ```
 */
export async function openImage(name: string, options: ImageOptions = {}): Promise<OpenedImage> {
  const image = await findImage(name, options);
  using resources = new DisposableStack();
  if (image.store?.kind === "snapvm") resources.use(await hold(image));
  const root = resources.adopt(
    await openFilesystem(image.snapshot.path),
    (filesystem) => filesystem.close(),
  );
  const kept = resources.move();
  return { image, root, [Symbol.dispose]: () => kept.dispose() };
}

/** Keeps a snapshot of snapvm's own store from being removed for as long as the image is open. */
async function hold({ name, snapshot }: ResolvedImage): Promise<Disposable> {
  const held = await holdSnapshot(snapshot.path);
  if (held !== undefined) return held;
  throw new SnapvmError(
    "snapshot-not-found",
    `Cannot find a snapshot of ${name}: it has just been deleted`,
    { data: { pulled: false, unpacked: [] } },
  );
}

async function findImage(name: string, options: ImageOptions): Promise<ResolvedImage> {
  const { pull = "never", unpack = false, platform } = options;
  const stores = await openStores({ store: options.store });
  let failure: Acquirable | undefined;
  if (!isBroughtFirst(name, pull)) {
    try {
      const image = await resolveImage(name, {
        stores,
        ...platform !== undefined && { platform },
        host: hostPlatform(),
      });
      // A file has no layers, and what snapvm has made needs not be made again.
      if (!unpack || image.store === undefined || image.store.kind === "snapvm") return image;
    } catch (error) {
      if (pull === "never" && !unpack || !isAcquirable(error)) throw error;
      failure = error;
    }
  }
  // Most images are there: what brings the others is loaded only for them.
  const { acquireImage } = await import(
    import.meta.resolve("../acquire/acquire_image.ts")
  ) as typeof import("../acquire/acquire_image.ts");
  return await acquireImage(name, { ...options, pull, stores, failure });
}

/** Whether an image is brought before anybody looks whether it is there: a transport says where it is. */
function isBroughtFirst(name: string, pull: PullPolicy): boolean {
  if (isFilePath(name)) return false;
  return parseTransport(name) !== undefined || pull === "always" && !isDigest(name);
}

/** A digest names something that is there, or nothing. */
function isDigest(name: string): boolean {
  return /^sha256:/i.test(name);
}

async function openFilesystem(path: string): Promise<Ext4> {
  try {
    return await Ext4.open(path);
  } catch (error) {
    if (!hasCode(error, "corrupt-filesystem", "incompatible-filesystem")) throw error;
    throw new SnapvmError(
      "unreadable-filesystem",
      `Cannot open ${path} as an ext4 filesystem`,
      { data: { path }, cause: error },
    );
  }
}
