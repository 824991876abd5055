import type { Platform } from "../oci/mod.ts";
import type { AcquireOptions, ImageOptions } from "../store/mod.ts";

/** The options that say how a registry is talked to, as the command line has them. */
export interface RegistryCommandOptions {
  /** `--plain-http`. */
  readonly plainHttp?: true | undefined;
  /** `--ca-file`. */
  readonly caFile?: string | undefined;
  /** `--authfile`. */
  readonly authfile?: string | undefined;
}

/** The options that say which image is meant, as the command line has them. */
export interface ImageCommandOptions extends RegistryCommandOptions {
  /** `--store`. */
  readonly store?: string | undefined;
  /** `--platform`. */
  readonly platform?: Platform | undefined;
  /** `--pull`. */
  readonly pull?: "missing" | "always" | "never" | undefined;
  /** `--unpack`. */
  readonly unpack?: true | undefined;
}

/** The same as options for the registry. */
export function registryAccess(
  { plainHttp, caFile, authfile }: RegistryCommandOptions,
): NonNullable<AcquireOptions["registry"]> {
  return { plainHttp, caFile, authFile: authfile };
}

/** The same as options for `openImage()`. */
export function imageOptions(options: ImageCommandOptions): ImageOptions {
  const { store, platform, pull = "usual", unpack } = options;
  return { store, platform, pull, unpack, registry: registryAccess(options) };
}
