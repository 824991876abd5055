import { chooseKernel, extractBoot, findKernels, requireArchitecture } from "../boot/mod.ts";
import type { Ext4 } from "../ext4/mod.ts";
import { PartialOutput, removeIfThere, resolve, unwritable } from "../host/mod.ts";
import { formatSize, print, printable, printJson } from "../ui/mod.ts";
import { bootCommandLine, chooseBackend, openBootableImage } from "../launch/mod.ts";
import type { ImageCommandOptions } from "./image_command_options.ts";
import { Interruption } from "./interruption.ts";
import { openNamedImage } from "./open_named_image.ts";

const FILES = ["kernel", "initramfs", "cmdline"] as const;

interface KernelOptions extends ImageCommandOptions {
  readonly json?: boolean | undefined;
  readonly kernel?: string | undefined;
  readonly output: string;
  readonly sync?: boolean | undefined;
}

/** `snapvm kernel`. */
export async function kernel(options: KernelOptions, name: string): Promise<void> {
  using interruption = new Interruption();
  using opened = await openNamedImage(name, options, openBootableImage);
  const extracted = await extract(opened.root, resolve(options.output), {
    kernel: options.kernel,
    durable: options.sync === true,
    signal: interruption.signal,
  });
  if (options.json) printJson(extracted);
  else print(describe(extracted));
}

interface Extraction {
  /** Which kernel; by default the best. */
  readonly kernel: string | undefined;
  /** Whether to wait until the files are on the disk itself. */
  readonly durable: boolean;
  /** Ends it when it aborts. */
  readonly signal: AbortSignal;
}

type Extracted = Awaited<ReturnType<typeof extract>>;

/** Writes the three files into `folder`, where each appears complete, and describes them. */
async function extract(
  root: Ext4,
  folder: string,
  { kernel: wanted, durable, signal }: Extraction,
) {
  const kernel = chooseKernel(await findKernels(root), wanted);
  await makeFolder(folder);
  // Not one of the three names: if that one is a link, the file behind it may be on another filesystem, and the
  // temporary files would be there too.
  await using output = await PartialOutput.begin(`${folder}/boot-files`);
  await Deno.mkdir(output.path);
  const files = await extractBoot(root, kernel, output.path, { durable, signal });
  const { text: commandLine, problems } = await bootCommandLine(root, files, {
    backend: chooseBackend(),
    architecture: requireArchitecture({ os: "linux", architecture: files.architecture }),
  });
  for (const problem of problems) print(`warning: ${printable(problem)}\n`, Deno.stderr);
  // Deno's other way to write a file loads its streams first, which takes longer.
  Deno.writeTextFileSync(`${output.path}/cmdline`, `${commandLine}\n`);
  // An empty file replaces an older one, which could be taken for this kernel's.
  if (files.initramfs === undefined) await Deno.create(`${output.path}/initramfs`);
  for (const each of FILES) {
    // Some filesystems flush a file to the disk when it replaces another one by renaming.
    if (!durable) await removeIfThere(`${folder}/${each}`);
    await Deno.rename(`${output.path}/${each}`, `${folder}/${each}`);
  }
  const { version, architecture, format, kernelSize, initramfsSize } = files;
  return {
    kernel: `${folder}/kernel`,
    initramfs: `${folder}/initramfs`,
    cmdline: `${folder}/cmdline`,
    commandLine,
    version,
    architecture,
    format,
    kernelSize,
    initramfsSize,
  };
}

function describe(extracted: Extracted): string {
  const { kernel, initramfs, cmdline, commandLine, version, format } = extracted;
  return `kernel     ${kernel}  ${formatSize(extracted.kernelSize)}  ${
    printable(version)
  } (${format})\n` +
    `initramfs  ${initramfs}  ${formatSize(extracted.initramfsSize)}\n` +
    `cmdline    ${cmdline}  ${printable(commandLine)}\n`;
}

async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (cause) {
    throw unwritable(path, cause);
  }
}
