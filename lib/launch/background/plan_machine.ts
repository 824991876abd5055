import { AGENT_PORT } from "../../guest/mod.ts";
import { resolve } from "../../host/mod.ts";
import { formatPlatform } from "../../oci/mod.ts";
import type { OpenedImage } from "../../store/mod.ts";
import type { MachineFolder, MachinePort } from "../../machines/mod.ts";
import { macAddress, type MachinePlan, type PlannedBackend } from "../../vm/mod.ts";
import type { PreparedMachine } from "../prepare_machine.ts";
import { keepSource } from "./keep_source.ts";

/** What {@linkcode planMachine} is made of. */
export interface PlanMachineOptions {
  /** The machine's folder. */
  readonly folder: MachineFolder;
  /** The image. */
  readonly opened: OpenedImage;
  /** The machine. */
  readonly prepared: PreparedMachine;
  /** The hypervisor. */
  readonly backend: PlannedBackend;
  /** Whether it stays when it ends. */
  readonly kept: boolean;
  /** Whether it outlives this process, and with it the image that this process has open. */
  readonly outlives: boolean;
  /** The ports of the host that lead to the guest. */
  readonly ports: readonly MachinePort[];
  /** The command that it was started for. */
  readonly command?: readonly string[] | undefined;
  /** The user that commands run as. */
  readonly user?: string | undefined;
}

/** Says what a machine is, and how it is started now and another time. */
export async function planMachine(options: PlanMachineOptions): Promise<MachinePlan> {
  const { folder, opened, prepared, backend, kept, ports, command, user } = options;
  const { image } = opened;
  const { specification } = prepared;
  const [root, ...others] = specification.disks;
  const source = options.outlives || kept
    ? await keepSource(root!.source, folder.path)
    : { path: resolve(root!.source) };
  // A machine that comes back is known again; the others share a few addresses.
  const address = kept ? await macAddress(folder.path) : undefined;
  return {
    record: {
      version: 1,
      name: folder.name,
      created: new Date().toISOString(),
      kept,
      image: {
        name: image.name,
        ...image.manifest && { digest: image.manifest.digest },
        ...image.platform && { platform: formatPlatform(image.platform) },
        snapshot: resolve(image.snapshot.path),
      },
      backend: backend.name,
      architecture: specification.architecture,
      cpus: specification.cpus,
      memory: specification.memory,
      kernel: prepared.boot.version,
      commandLine: specification.commandLine,
      ...command !== undefined && { command },
      ...user !== undefined && { user },
      ports,
      shares: prepared.shares.map(({ source, path, readOnly }) => ({ source, path, readOnly })),
      ...address !== undefined && { macAddress: address },
      ...prepared.shape.machineId !== undefined && { machineId: prepared.shape.machineId },
      selinux: prepared.shape.selinux === "enforced",
    },
    specification: {
      ...specification,
      disks: [{ ...root!, source: source.path, kept }, ...others],
      ...address !== undefined && { macAddress: address },
    },
    backend,
    ...specification.ports.includes(AGENT_PORT) && { agentPort: AGENT_PORT },
    mounts: prepared.shares.map(({ tag, path, readOnly }) => ({ tag, path, readOnly })),
    ..."heldFolder" in source && source.heldFolder !== undefined &&
      { heldFolder: source.heldFolder },
  };
}
