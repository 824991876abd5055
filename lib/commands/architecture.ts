import type { Platform } from "../oci/mod.ts";
import { CommandFailure, ExitStatus } from "../ui/mod.ts";
import type { Architecture } from "../vm/mod.ts";

const ARCHITECTURES: ReadonlyMap<string, Architecture> = new Map([
  ["amd64", "x86_64"],
  ["x86_64", "x86_64"],
  ["i386", "x86_64"],
  ["arm64", "aarch64"],
  ["aarch64", "aarch64"],
]);

/**
 * The processor of the machine that an image's platform needs.
 *
 * Throws a {@linkcode CommandFailure} for a processor that there is no machine with.
 */
export function architectureOf(platform: Platform): Architecture {
  const architecture = ARCHITECTURES.get(platform.architecture);
  if (architecture !== undefined) return architecture;
  throw new CommandFailure(`Cannot make a machine with a ${platform.architecture} processor`, {
    status: ExitStatus.notStarted,
    advice: "snapvm runs linux/amd64 and linux/arm64; --platform chooses between an image's own.",
  });
}
