import type { Platform } from "../oci/mod.ts";
import type { Architecture } from "../vm/mod.ts";
import { UnbootablePlatform } from "./unbootable_platform.ts";

const ARCHITECTURES: ReadonlyMap<string, Architecture> = new Map([
  ["amd64", "x86_64"],
  ["x86_64", "x86_64"],
  ["i386", "x86_64"],
  ["arm64", "aarch64"],
  ["aarch64", "aarch64"],
]);

/** The processor of the machine that an image's platform needs; `undefined` where there is no machine with it. */
export function findArchitecture({ architecture }: Platform): Architecture | undefined {
  return ARCHITECTURES.get(architecture);
}

/**
 * The processor of the machine that an image's platform needs.
 *
 * Throws an {@linkcode UnbootablePlatform} where there is no machine with it.
 */
export function architectureOf(platform: Platform): Architecture {
  const architecture = findArchitecture(platform);
  if (architecture !== undefined) return architecture;
  throw new UnbootablePlatform(`Cannot make a machine with a ${platform.architecture} processor`);
}
