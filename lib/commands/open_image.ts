import { Ext4 } from "../ext4/mod.ts";
import { hostPlatform, parsePlatform } from "../oci/mod.ts";
import { openStores, type ResolvedImage, resolveImage, type Store } from "../store/mod.ts";

/** What the options of every command that takes an image say about which one. */
export interface ImageOptions {
  /** `--store`. */
  readonly store?: string | undefined;
  /** `--platform`. */
  readonly platform?: string | undefined;
}

/** An image with its filesystem open. */
export interface OpenedImage extends Disposable {
  /** The way from the name to the snapshot. */
  readonly image: ResolvedImage;
  /** The root filesystem. */
  readonly root: Ext4;
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
    ...options.platform !== undefined && { platform: parsePlatform(options.platform) },
    host: hostPlatform(),
  });
  const root = await Ext4.open(image.snapshot.path);
  return { image, root, [Symbol.dispose]: () => root.close() };
}
