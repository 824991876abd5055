import {
  appendInitramfs,
  type BootFiles,
  chooseKernel,
  extractBoot,
  findKernels,
  requireArchitecture,
} from "../boot/mod.ts";
import { basename, join } from "../host/mod.ts";
import type { GuestPlan } from "../guest/mod.ts";
import {
  type DeadNames,
  findDeadNames,
  type OpenedImage,
  type SnapshotPatch,
  snapshotPatches,
} from "../store/mod.ts";
import type { Backend, MachineSpecification } from "../vm/mod.ts";
import { bootCommandLine } from "./boot_command_line.ts";
import { machineExtras, type MachineFileOptions } from "./files/machine_extras.ts";
import type { PreparedShare } from "./files/prepared_share.ts";
import { type GuestShape, guestShape, type GuestShapeOptions } from "./shape/guest_shape.ts";
import { machineSize } from "./size/machine_size.ts";

/** The serial number of the root disk: `/dev/disk/by-id/virtio-root` in the guest. */
const ROOT_SERIAL = "root";

/** The name of the initramfs of an image whose kernel has none. */
const INITRAMFS_FILE = "initramfs";

/** What a machine is made of besides the image. */
export interface MachineOptions extends MachineFileOptions, GuestShapeOptions {
  /** How many virtual processors; by default those of the host, at most 4. */
  readonly cpus?: number | undefined;
  /** Memory in bytes; 2 GiB by default, and less on a host that has not much more. */
  readonly memory?: number | undefined;
  /** More kernel arguments. */
  readonly kernelArguments?: readonly string[];
  /** Which kernel of the image: a version, the start of one, or a path; by default the newest. */
  readonly kernel?: string | undefined;
  /** Ends the work, and the machine, when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@linkcode prepareMachine} takes besides the image. */
export interface PrepareMachineOptions extends MachineOptions {
  /** Who will start the machine. */
  readonly backend: Backend;
  /** A private folder (0700) for the machine's files; the caller removes it. */
  readonly folder: string;
  /** The machine's name, which becomes the hostname of an image without one; by default that of the folder. */
  readonly name?: string | undefined;
}

/** A machine that is ready to be started. */
export interface PreparedMachine {
  /** The machine. */
  readonly specification: MachineSpecification;
  /** What the guest is given. */
  readonly guest: GuestPlan;
  /** The faults of the snapshot that are healed in the clone. */
  readonly healed: readonly SnapshotPatch[];
  /** Names of the snapshot that a system needs to boot, and that lead nowhere; absent if there are none. */
  readonly deadNames?: DeadNames;
  /** The folders of the host that the guest has to mount, in this order. */
  readonly shares: readonly PreparedShare[];
  /** How the guest is made what it is in production. */
  readonly shape: GuestShape;
  /** The kernel and its initramfs. */
  readonly boot: BootFiles;
  /** A sentence for each file of kernel arguments that could not be read. */
  readonly problems: readonly string[];
}

/**
 * Makes a machine out of an image: its kernel and initramfs go into the machine's folder, with what the guest is given
 * appended, and its snapshot becomes the root disk. Nothing is started.
 *
 * @param opened The image; one whose SELinux policy is to be enforced has its labels.
 * @param options What it is made of besides, and where.
 * @returns The machine, for `Backend.start`.
 * @throws {SnapvmError} `no-kernel` and its like if the image has nothing to boot; `unbootable-platform` if there is no machine for the kernel; `host-too-small`
 * if this host has less than the machine is to get; `no-selinux-policy`; `share-unusable`, `disk-unusable` and their like if what it is to get
 * from the host cannot be given to it.
 * @throws The signal's reason.
 *
 * @example
 * ```ts
 * import { chooseBackend, hasCode, openImage, prepareMachine } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * using opened = await openImage("./tests/fixtures/tiny.ext4");
 * const folder = await Deno.makeTempDir();
 * await assert.rejects(
 *   prepareMachine(opened, { backend: chooseBackend({ name: "qemu" }), folder }),
 *   (error) => hasCode(error, "no-kernel"),
 * );
 * await Deno.remove(folder);
 * ```
 */
export async function prepareMachine(
  opened: OpenedImage,
  options: PrepareMachineOptions,
): Promise<PreparedMachine> {
  const { image, root } = opened;
  const { backend, folder, signal, readOnly = false } = options;
  const size = machineSize(options);
  const extras = await machineExtras(opened, options);
  const kernel = chooseKernel(await findKernels(root), options.kernel);
  const boot = await extractBoot(root, kernel, folder, {
    ...image.platform && { architecture: requireArchitecture(image.platform) },
    ...signal && { signal },
  });
  const architecture = requireArchitecture({ os: "linux", architecture: boot.architecture });
  const shape = await guestShape(root, {
    ...options,
    labels: image.config?.config?.Labels ?? {},
    name: options.name ?? basename(folder),
    machineId: crypto.randomUUID().replaceAll("-", ""),
    user: options.kernelArguments ?? [],
  });
  const { prepareGuest } = await import(
    import.meta.resolve("../guest/mod.ts")
  ) as typeof import("../guest/mod.ts");
  const guest = await prepareGuest({
    root,
    architecture,
    kernelVersion: boot.version,
    configuration: [...shape.configuration, ...extras.configuration],
  });
  // Without an initramfs of the image, the agent mounts the root filesystem.
  const initramfs = boot.initramfs ?? join(folder, INITRAMFS_FILE);
  await appendInitramfs(initramfs, [...guest.files, ...extras.initramfs]);
  const healed = snapshotPatches(root.superblock);
  const deadNames = await findDeadNames(opened);
  const commandLine = await bootCommandLine(root, boot, {
    backend,
    architecture,
    readOnly,
    own: [...guest.kernelArguments, ...shape.kernelArguments, ...extras.kernelArguments],
    user: options.kernelArguments ?? [],
  });
  return {
    specification: {
      architecture,
      ...size,
      kernel: boot.kernel,
      initramfs,
      commandLine: commandLine.text,
      disks: [{
        source: image.snapshot.path,
        serial: ROOT_SERIAL,
        readOnly,
        patches: healed,
        ...extras.rootSize !== undefined && { size: extras.rootSize },
      }],
      attachedDisks: await extras.attachDisks({ folder, architecture, kernel: boot.kernel }),
      shares: extras.shares.map(({ path: _, ...share }) => share),
      network: true,
      ports: guest.ports,
      bootMark: guest.bootMark,
      folder,
    },
    guest,
    healed,
    shares: extras.shares,
    shape,
    ...deadNames && { deadNames },
    boot,
    problems: commandLine.problems,
  };
}
