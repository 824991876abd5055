import { basename, join } from "node:path";
import { HypervisorNotFound } from "../errors.ts";
import type { Architecture } from "../machine.ts";

/** Where Red Hat's distributions keep the only QEMU they have, for the host's own processor. */
const QEMU_KVM = "/usr/libexec/qemu-kvm";

/** Debian's and Fedora's names for the packages. */
const PACKAGES = {
  x86_64: { debian: "qemu-system-x86", fedora: "qemu-system-x86-core" },
  aarch64: { debian: "qemu-system-arm", fedora: "qemu-system-aarch64-core" },
} as const;

/** What {@linkcode findQemu} asks of its surroundings. Tests give answers of their own. */
export interface QemuSearch {
  /** `$QEMU_BIN`: one program, for the architecture in its name, else for the host's own. */
  readonly qemuBin: string | undefined;
  /** `$PATH`. */
  readonly path: string;
  /** The host's processor. */
  readonly hostArchitecture: string;
  /** Whether a file is there and may be executed. */
  isProgram(path: string): Promise<boolean>;
}

/**
 * Finds the QEMU that runs guests of an architecture: `$QEMU_BIN`, then `qemu-system-<architecture>` in `$PATH`, then
 * `/usr/libexec/qemu-kvm`.
 *
 * @param architecture The guest's processor.
 * @param search Where to look; this host where absent.
 * @returns The program's path.
 * @throws {HypervisorNotFound} If there is none. Its advice says what to install.
 */
export async function findQemu(
  architecture: Architecture,
  search: QemuSearch = thisHost(),
): Promise<string> {
  const { qemuBin, hostArchitecture } = search;
  if (qemuBin && architectureOf(qemuBin, hostArchitecture) === architecture) {
    if (await search.isProgram(qemuBin)) return qemuBin;
    throw new HypervisorNotFound(
      `Cannot find QEMU at ${qemuBin}: there is no such program`,
      "Set QEMU_BIN to an existing QEMU, or unset it to search PATH.",
    );
  }
  const name = `qemu-system-${architecture}`;
  const candidates = search.path.split(":").filter((folder) => folder.startsWith("/"))
    .map((folder) => join(folder, name));
  if (architecture === hostArchitecture) candidates.push(QEMU_KVM);
  for (const candidate of candidates) {
    if (await search.isProgram(candidate)) return candidate;
  }
  const { debian, fedora } = PACKAGES[architecture];
  throw new HypervisorNotFound(
    `Cannot find ${name}: it is not in PATH`,
    `Install QEMU. Debian and Ubuntu: apt-get install --no-install-recommends ${debian}. ` +
      `Fedora: dnf install ${fedora}. macOS: brew install qemu.`,
  );
}

/** Which guests a program of this name runs. */
function architectureOf(program: string, hostArchitecture: string): string {
  return /^qemu-system-(x86_64|aarch64)$/.exec(basename(program))?.[1] ?? hostArchitecture;
}

/** The environment of this process. */
function thisHost(): QemuSearch {
  return {
    qemuBin: Deno.env.get("QEMU_BIN"),
    path: Deno.env.get("PATH") ?? "",
    hostArchitecture: Deno.build.arch,
    isProgram: async (path) => {
      try {
        const { isFile, mode } = await Deno.stat(path);
        return isFile && ((mode ?? 0) & 0o111) !== 0;
      } catch {
        return false;
      }
    },
  };
}
