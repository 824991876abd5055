import { SnapvmError } from "../error/mod.ts";
import type { Platform } from "../oci/mod.ts";
import type { Architecture } from "./architecture.ts";

const ARCHITECTURES: ReadonlyMap<string, Architecture> = new Map([
  ["amd64", "x86_64"],
  ["x86_64", "x86_64"],
  ["i386", "x86_64"],
  ["arm64", "aarch64"],
  ["aarch64", "aarch64"],
]);

/** The processor of the machine that an image's platform needs; `undefined` if there is no such machine. */
export function findArchitecture({ architecture }: Platform): Architecture | undefined {
  return ARCHITECTURES.get(architecture);
}

/**
 * The processor of the machine that an image's platform needs.
 *
 * @param platform The image's platform.
 * @returns The processor.
 * @throws {SnapvmError} `unbootable-platform` if there is no such machine.
 */
export function requireArchitecture(platform: Platform): Architecture {
  const architecture = findArchitecture(platform);
  if (architecture !== undefined) return architecture;
  throw new SnapvmError(
    "unbootable-platform",
    `Cannot make a machine with a ${platform.architecture} processor`,
    { data: { unpacked: [] } },
  );
}
