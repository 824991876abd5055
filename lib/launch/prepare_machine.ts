import {
  appendInitramfs,
  type BootFiles,
  chooseKernel,
  extractBoot,
  findKernels,
  identifyInitramfs,
  requireArchitecture,
} from "../boot/mod.ts";
import { SnapvmError } from "../error/mod.ts";
import type { GuestCommand, GuestPlan } from "../guest/mod.ts";
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
import { machineSize } from "./size/machine_size.ts";

/** The serial number of the root disk: `/dev/disk/by-id/virtio-root` in the guest. */
const ROOT_SERIAL = "root";

/** How much of a file is read at once. */
const READ_SIZE = 1 << 18;

/** What a machine is made of besides the image. */
export interface MachineOptions extends MachineFileOptions {
  /** How many virtual processors; by default those of the host, at most 4. */
  readonly cpus?: number | undefined;
  /** Memory in bytes; 2 GiB by default, and less on a host that has not much more. */
  readonly memory?: number | undefined;
  /** More kernel arguments. */
  readonly kernelArguments?: readonly string[];
  /** Which kernel of the image: a version, the start of one, or a path; by default the newest. */
  readonly kernel?: string | undefined;
  /** Whether the root filesystem is mounted read only. It is writable by default, on the clone. */
  readonly readOnly?: boolean;
  /** Ends the work, and the machine, when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@linkcode prepareMachine} takes besides the image. */
export interface PrepareMachineOptions extends MachineOptions {
  /** Who will start the machine. */
  readonly backend: Backend;
  /** A private folder (0700) for the machine's files; the caller removes it. */
  readonly folder: string;
  /** What runs in the guest; without it the guest only tells how far it has come. */
  readonly command?: GuestCommand | undefined;
}

/** A machine that is ready to be started. */
export interface PreparedMachine {
  /** The machine. */
  readonly specification: MachineSpecification;
  /** What the guest is given; `undefined` if the kernel has no initramfs to carry it. */
  readonly guest: GuestPlan | undefined;
  /** The faults of the snapshot that are healed in the clone. */
  readonly healed: readonly SnapshotPatch[];
  /** Names of the snapshot that a system needs to boot, and that lead nowhere; absent if there are none. */
  readonly deadNames?: DeadNames;
  /** The folders of the host that the guest has to mount, in this order. */
  readonly shares: readonly PreparedShare[];
  /** The kernel and its initramfs. */
  readonly boot: BootFiles;
  /** A sentence for each file of kernel arguments that could not be read. */
  readonly problems: readonly string[];
}

/**
 * Makes a machine out of an image: its kernel and initramfs go into the machine's folder, with what the guest is given
 * appended, and its snapshot becomes the root disk. Nothing is started.
 *
 * @param opened The image.
 * @param options What it is made of besides, and where.
 * @returns The machine, for `Backend.start`.
 * @throws {SnapvmError} `no-kernel` and its like if the image has nothing to boot; `missing-initramfs` if there is a
 * command, and no initramfs to bring it in; `unbootable-platform` if there is no machine for the kernel; `host-too-small`
 * if this host has less than the machine is to get; `share-unusable`, `disk-unusable` and their like if what it is to get
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
  const guest = await planGuest(root, boot, options.command);
  if (boot.initramfs !== undefined && extras.initramfs.length > 0) {
    await appendInitramfs(boot.initramfs, extras.initramfs);
  }
  const healed = snapshotPatches(root.superblock);
  const deadNames = await findDeadNames(opened);
  const commandLine = await bootCommandLine(root, boot, {
    backend,
    architecture,
    readOnly,
    own: [...guest?.kernelArguments ?? [], ...extras.kernelArguments],
    user: options.kernelArguments ?? [],
  });
  return {
    specification: {
      architecture,
      ...size,
      kernel: boot.kernel,
      ...boot.initramfs !== undefined && { initramfs: boot.initramfs },
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
      ports: guest?.ports ?? [],
      ...guest && { bootMark: guest.bootMark },
      folder,
    },
    guest,
    healed,
    shares: extras.shares,
    ...deadNames && { deadNames },
    boot,
    problems: commandLine.problems,
  };
}

async function planGuest(
  root: OpenedImage["root"],
  boot: BootFiles,
  command: GuestCommand | undefined,
): Promise<GuestPlan | undefined> {
  if (boot.initramfs === undefined) {
    if (command === undefined) return undefined;
    throw new SnapvmError(
      "missing-initramfs",
      "Cannot run a command: the image's kernel has no initramfs to bring it in",
      { data: {} },
    );
  }
  const { prepareGuest } = await import(
    import.meta.resolve("../guest/mod.ts")
  ) as typeof import("../guest/mod.ts");
  const guest = await prepareGuest({
    root,
    initramfs: await identifyInitramfs(readFile(boot.initramfs)),
    kernelVersion: boot.version,
    ...command && { command },
  });
  await appendInitramfs(boot.initramfs, guest.files);
  return guest;
}

/** The bytes of a file. Its stream would take longer to set up than the whole file takes to read. */
async function* readFile(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  using file = await Deno.open(path);
  const memory = new Uint8Array(READ_SIZE);
  for (;;) {
    const size = file.readSync(memory);
    if (size === null) return;
    yield memory.subarray(0, size);
  }
}
