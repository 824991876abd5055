import type { CpioEntry } from "../../boot/mod.ts";
import { join } from "../../host/mod.ts";
import type { OpenedImage } from "../../store/mod.ts";
import type { Architecture, AttachedDisk } from "../../vm/mod.ts";
import { checkDiskSize } from "./check_disk_size.ts";
import type { Disk } from "./disk.ts";
import type { PreparedShare } from "./prepared_share.ts";
import type { Share } from "./share.ts";

/** The serial number of the swap space's disk, and the name of its file. */
const SWAP_SERIAL = "swap";
const SWAP_FILE = "swap.img";

/** What of the host a machine gets besides its image. */
export interface MachineFileOptions {
  /** Folders of the host that the guest has, too. */
  readonly shares?: readonly Share[];
  /** Files of the host that are disks of the guest; it writes to the files themselves. */
  readonly disks?: readonly Disk[];
  /** How much swap space the guest gets, in bytes. It takes room on the host only as the guest swaps. */
  readonly swap?: number | undefined;
  /** The size of the root disk in bytes, if it is to be larger than the image. The guest's filesystem grows with it. */
  readonly diskSize?: number | undefined;
  /** A file with a configuration for Ignition, for an image that has it. */
  readonly ignition?: string | undefined;
}

/** What was found to be right, before the image's kernel is looked at. */
export interface MachineExtras {
  /** The folders, in the order in which the guest mounts them. */
  readonly shares: readonly PreparedShare[];
  /** The size of the root disk, if it is larger than the image. */
  readonly rootSize: number | undefined;
  /** What the kernel command line needs. */
  readonly kernelArguments: readonly string[];
  /** What the initramfs needs. */
  readonly initramfs: readonly CpioEntry[];
  /** What the agent in the guest is told, as fields of its configuration. */
  readonly configuration: readonly (readonly [name: string, value: string])[];
  /** Makes the disks, once the kernel is there. */
  attachDisks(machine: {
    readonly folder: string;
    readonly architecture: Architecture;
    readonly kernel: string;
  }): Promise<AttachedDisk[]>;
}

/**
 * Looks at all that a machine gets from the host besides its image: what is wrong with it is told before anything else
 * is done.
 *
 * @param opened The image.
 * @param options What it gets.
 * @returns The same, looked at.
 * @throws {SnapvmError} `share-unusable`, `disk-unusable`, `place-taken`, `disk-too-small`, `disk-not-growable`,
 * `ignition-unusable`, `ignition-not-supported`.
 */
export async function machineExtras(
  { image, root }: OpenedImage,
  options: MachineFileOptions,
): Promise<MachineExtras> {
  const { swap } = options;
  const shares = await sharesOf(options);
  const disks = await disksOf(options);
  const rootSize = await checkDiskSize(
    image.snapshot.path,
    root.superblock,
    options.diskSize,
  );
  return {
    shares,
    rootSize,
    ...await ignitionOf({ image, root }, options),
    configuration: [
      ...swap === undefined ? [] : [["swap", SWAP_SERIAL] as const],
      ...rootSize === undefined ? [] : [["grow", "1"] as const],
    ],
    attachDisks: async ({ folder, architecture, kernel }) => {
      if (swap === undefined) return disks;
      const { createSwapFile, kernelPageSize } = await import(
        import.meta.resolve("./create_swap_file.ts")
      ) as typeof import("./create_swap_file.ts");
      const path = join(folder, SWAP_FILE);
      await createSwapFile(path, swap, await kernelPageSize(architecture, kernel));
      return [...disks, { path, format: "raw", serial: SWAP_SERIAL, readOnly: false }];
    },
  };
}

// Most machines get nothing of the kind: what looks at it is loaded for those that do.

async function sharesOf({ shares = [] }: MachineFileOptions): Promise<PreparedShare[]> {
  if (shares.length === 0) return [];
  const { prepareShares } = await import(
    import.meta.resolve("./prepare_shares.ts")
  ) as typeof import("./prepare_shares.ts");
  return await prepareShares(shares);
}

async function disksOf({ disks = [] }: MachineFileOptions): Promise<AttachedDisk[]> {
  if (disks.length === 0) return [];
  const { prepareDisks } = await import(
    import.meta.resolve("./prepare_disks.ts")
  ) as typeof import("./prepare_disks.ts");
  return await prepareDisks(disks);
}

async function ignitionOf(
  { image, root }: Pick<OpenedImage, "image" | "root">,
  { ignition }: MachineFileOptions,
): Promise<Pick<MachineExtras, "kernelArguments" | "initramfs">> {
  if (ignition === undefined) return { kernelArguments: [], initramfs: [] };
  const { IGNITION_ARGUMENTS, IGNITION_PATH, readIgnition, requireIgnition } = await import(
    import.meta.resolve("./ignition.ts")
  ) as typeof import("./ignition.ts");
  const configuration = await readIgnition(ignition);
  await requireIgnition(root, image.config?.config?.Labels ?? {});
  return {
    kernelArguments: IGNITION_ARGUMENTS,
    initramfs: fileWithFolders(IGNITION_PATH, configuration),
  };
}

/** A file of the initramfs, after entries for the folders that lead to it. */
function fileWithFolders(path: string, content: Uint8Array<ArrayBuffer>): CpioEntry[] {
  const names = path.slice(1).split("/");
  return [
    ...names.slice(0, -1).map((_, index) => ({
      type: "directory" as const,
      path: names.slice(0, index + 1).join("/"),
      mode: 0o755,
    })),
    { type: "file", path: path.slice(1), mode: 0o600, content },
  ];
}
