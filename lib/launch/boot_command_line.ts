import {
  type Architecture,
  commandLine,
  type KernelDescription,
  readImageArguments,
  type RootFs,
  splitArguments,
} from "../boot/mod.ts";
import type { Backend } from "../vm/mod.ts";

/** What a kernel command line has beside the image's own arguments. */
export interface BootCommandLineOptions {
  /** The hypervisor, which knows the name of the console. */
  readonly backend: Backend;
  /** The machine's processor. */
  readonly architecture: Architecture;
  /** Whether the guest may not write to its root filesystem. */
  readonly readOnly?: boolean;
  /** What snapvm itself adds. */
  readonly own?: readonly string[];
  /** What the user adds. */
  readonly user?: readonly string[];
}

/** A kernel command line, and what of the image's own arguments could not be read. */
export interface BootCommandLine {
  /** The command line. */
  readonly text: string;
  /** A sentence for each file that could not be read. */
  readonly problems: readonly string[];
}

/** The kernel command line with which a kernel of an image finds the image's snapshot as its root filesystem. */
export async function bootCommandLine(
  root: RootFs,
  kernel: KernelDescription,
  options: BootCommandLineOptions,
): Promise<BootCommandLine> {
  const { backend, architecture, readOnly = false, own = [], user = [] } = options;
  const fromFiles = await readImageArguments(root, architecture);
  const text = commandLine({
    architecture,
    // The first disk, whatever else there is; a name by its serial would need udev's rules in the initramfs.
    root: { device: "/dev/vda", type: "ext4", writable: !readOnly },
    consoles: [backend.consoleDevice(architecture)],
    image: [...splitArguments(kernel.commandLine ?? ""), ...fromFiles.arguments],
    own: [...backend.kernelArguments(architecture), ...own],
    user,
  });
  return { text, problems: fromFiles.problems };
}
