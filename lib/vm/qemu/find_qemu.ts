import { basename, join } from "../../host/mod.ts";
import { SnapvmError } from "../../error/mod.ts";
import type { Architecture } from "../machine.ts";

/** Where Red Hat's distributions keep the only QEMU they have, for the host's own processor. */
const QEMU_KVM = "/usr/libexec/qemu-kvm";

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
 * @param search Where to look. Default: this host.
 * @returns The program's path.
 * @throws {SnapvmError} `hypervisor-not-found` if there is none.
 */
export async function findQemu(
  architecture: Architecture,
  search: QemuSearch = thisHost(),
): Promise<string> {
  const { qemuBin, hostArchitecture } = search;
  if (qemuBin && guestOfProgram(qemuBin, hostArchitecture) === architecture) {
    if (await search.isProgram(qemuBin)) return qemuBin;
    throw new SnapvmError(
      "hypervisor-not-found",
      `Cannot find QEMU at ${qemuBin}: there is no such program`,
      { data: { architecture, qemuBin } },
    );
  }
  const name = `qemu-system-${architecture}`;
  const candidates = search.path.split(":").filter((folder) => folder.startsWith("/"))
    .map((folder) => join(folder, name));
  if (architecture === hostArchitecture) candidates.push(QEMU_KVM);
  for (const candidate of candidates) {
    if (await search.isProgram(candidate)) return candidate;
  }
  throw new SnapvmError("hypervisor-not-found", `Cannot find ${name}: it is not in PATH`, {
    data: { architecture },
  });
}

/** Which guests a program of this name runs. */
function guestOfProgram(program: string, hostArchitecture: string): string {
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
