import {
  appendInitramfs,
  type BootFiles,
  chooseKernel,
  extractBoot,
  findKernels,
  identifyInitramfs,
} from "../boot/mod.ts";
import { type GuestPlan, prepareGuest } from "../guest/mod.ts";
import { type SnapshotPatch, snapshotPatches } from "../store/mod.ts";
import { CommandFailure, ExitStatus } from "../ui/mod.ts";
import type { Backend, MachineSpecification } from "../vm/mod.ts";
import { architectureOf } from "./architecture.ts";
import { bootCommandLine } from "./boot_command_line.ts";
import type { OpenedImage } from "./open_image.ts";

/** The serial number of the root disk: `/dev/disk/by-id/virtio-root` in the guest. */
const ROOT_SERIAL = "root";

/** How much of a file is read at once. */
const READ_SIZE = 1 << 18;

/** What a machine is made of beside the image. */
export interface MachineWishes {
  /** What is run in the guest; the console is wanted where it is empty. */
  readonly command: readonly string[];
  /** How many virtual processors. */
  readonly cpus: number;
  /** Memory in bytes. */
  readonly memory: number;
  /** Kernel arguments of the user. */
  readonly kernelArguments: readonly string[];
  /** Which kernel of the image; the best where absent. */
  readonly kernel: string | undefined;
  /** Whether the guest may not write to its root filesystem. */
  readonly readOnly: boolean;
  /** Ends the preparation when it aborts. */
  readonly signal: AbortSignal;
}

/** A machine that is ready to be started. */
export interface PreparedMachine {
  /** The machine. */
  readonly specification: MachineSpecification;
  /** What the guest is given; `undefined` where the kernel has no initramfs to carry it. */
  readonly guest: GuestPlan | undefined;
  /** The faults of the snapshot that are healed in the clone. */
  readonly healed: readonly SnapshotPatch[];
  /** The kernel and its initramfs. */
  readonly boot: BootFiles;
  /** What could not be read and was left out. */
  readonly problems: readonly string[];
}

/**
 * Makes a machine of an image: its kernel and initramfs go into `folder`, with what the guest is given appended, and
 * its snapshot becomes the root disk.
 */
export async function prepareMachine(
  { image, root }: OpenedImage,
  folder: string,
  backend: Backend,
  wishes: MachineWishes,
): Promise<PreparedMachine> {
  const kernel = chooseKernel(await findKernels(root), wishes.kernel);
  const boot = await extractBoot(root, kernel, folder, {
    ...image.platform && { architecture: architectureOf(image.platform) },
    signal: wishes.signal,
  });
  const architecture = architectureOf({ os: "linux", architecture: boot.architecture });
  const guest = await planGuest(root, boot, wishes.command);
  const healed = snapshotPatches(root.superblock);
  const commandLine = await bootCommandLine(root, boot, {
    backend,
    architecture,
    readOnly: wishes.readOnly,
    own: guest?.kernelArguments ?? [],
    user: wishes.kernelArguments,
  });
  return {
    specification: {
      architecture,
      cpus: wishes.cpus,
      memory: wishes.memory,
      kernel: boot.kernel,
      ...boot.initramfs !== undefined && { initramfs: boot.initramfs },
      commandLine: commandLine.text,
      disks: [{
        source: image.snapshot.path,
        serial: ROOT_SERIAL,
        readOnly: wishes.readOnly,
        patches: healed,
      }],
      network: true,
      ports: guest?.ports ?? [],
      ...guest && { bootMark: guest.bootMark },
      folder,
    },
    guest,
    healed,
    boot,
    problems: commandLine.problems,
  };
}

async function planGuest(
  root: OpenedImage["root"],
  boot: BootFiles,
  command: readonly string[],
): Promise<GuestPlan | undefined> {
  if (boot.initramfs === undefined) {
    if (command.length === 0) return undefined;
    throw new CommandFailure(
      "Cannot run a command: the image's kernel has no initramfs to bring it in",
      {
        status: ExitStatus.notStarted,
        advice: "Put an initramfs beside the kernel, or leave the command out to get the console.",
      },
    );
  }
  const guest = await prepareGuest({
    root,
    initramfs: await identifyInitramfs(readFile(boot.initramfs)),
    kernelVersion: boot.version,
    ...command.length > 0 && { command: { arguments: command } },
  });
  await appendInitramfs(boot.initramfs, guest.files);
  return guest;
}

/** The bytes of a file. Its stream would take longer to be set up than the whole file to be read. */
async function* readFile(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  using file = await Deno.open(path);
  const memory = new Uint8Array(READ_SIZE);
  for (;;) {
    const size = file.readSync(memory);
    if (size === null) return;
    yield memory.subarray(0, size);
  }
}
