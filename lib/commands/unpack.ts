import type { Platform } from "../oci/mod.ts";
import { openStores, unpackImage } from "../store/mod.ts";
import { bringImage, type BringOptions } from "./bring_image.ts";

interface UnpackOptions extends BringOptions {
  readonly platform?: Platform | undefined;
  readonly force?: true | undefined;
  readonly store?: string | undefined;
}

/** `snapvm unpack`. */
export async function unpack(options: UnpackOptions, name: string): Promise<void> {
  const { platform, force, store } = options;
  const stores = await openStores({ store });
  await bringImage(
    name,
    options,
    (own, { signal, onProgress }) =>
      unpackImage(own, name, { stores, platform, force, signal, onProgress }),
  );
}
