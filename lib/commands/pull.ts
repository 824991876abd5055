import type { Platform } from "../oci/mod.ts";
import { addImage, openSource } from "../store/mod.ts";
import { bringImage, type BringOptions } from "./bring_image.ts";
import { registryAccess, type RegistryCommandOptions } from "./image_command_options.ts";

interface PullOptions extends BringOptions, RegistryCommandOptions {
  readonly platform?: Platform | undefined;
  readonly noUnpack?: true | undefined;
}

/** `snapvm pull`. */
export async function pull(options: PullOptions, name: string): Promise<void> {
  const { platform, noUnpack } = options;
  const registry = registryAccess(options);
  await bringImage(name, options, async (own, { signal, onProgress }) => {
    await using source = await openSource(name, { registry, signal });
    return await addImage(own, source, {
      reference: source.reference,
      platform,
      unpack: !noUnpack,
      signal,
      onProgress,
    });
  });
}
