import { Corrupt, Ext4, Incompatible } from "../ext4/mod.ts";
import { hostPlatform, type Platform } from "../oci/mod.ts";
import { openStores, type ResolvedImage, resolveImage, type Store } from "../store/mod.ts";

/** What the options of every command that takes an image say about which one. */
export interface ImageOptions {
  /** `--store`. */
  readonly store?: string | undefined;
  /** `--platform`. */
  readonly platform?: Platform | undefined;
}

/** An image with its filesystem open. */
export interface OpenedImage extends Disposable {
  /** The way from the name to the snapshot. */
  readonly image: ResolvedImage;
  /** The root filesystem. */
  readonly root: Ext4;
}

/** An image's file that cannot be read as a filesystem. */
export class UnreadableFilesystem extends Error {
  /** The class's name. */
  override name = "UnreadableFilesystem";

  /** Takes the file's path and what is wrong with it. */
  constructor(path: string, cause: Error) {
    super(`Cannot open ${path} as an ext4 filesystem`, { cause });
  }
}

/** The stores of this process's environment. */
export async function openStoresHere(store: string | undefined): Promise<Store[]> {
  return await openStores({
    ...store !== undefined && { store },
    env: Deno.env.toObject(),
    os: Deno.build.os,
    cwd: Deno.cwd(),
  });
}

/** Resolves IMAGE of the command line, and opens its filesystem. */
export async function openImage(name: string, options: ImageOptions): Promise<OpenedImage> {
  const image = await resolveImage(name, {
    stores: await openStoresHere(options.store),
    ...options.platform !== undefined && { platform: options.platform },
    host: hostPlatform(),
  });
  const root = await openFilesystem(image.snapshot.path);
  return { image, root, [Symbol.dispose]: () => root.close() };
}

async function openFilesystem(path: string): Promise<Ext4> {
  try {
    return await Ext4.open(path);
  } catch (error) {
    if (!(error instanceof Corrupt || error instanceof Incompatible)) throw error;
    throw new UnreadableFilesystem(path, error);
  }
}
