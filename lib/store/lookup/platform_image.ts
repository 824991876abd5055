import type { PlatformImage } from "../../error/mod.ts";
import { formatPlatform, type Platform } from "../../oci/mod.ts";
import type { Store } from "../open_stores.ts";

/** An image for one of its platforms, as the data of an error. */
export function platformImage(store: Store, reference: string, platform: Platform): PlatformImage {
  return { reference, platform: formatPlatform(platform), store: store.kind };
}
