import {
  chooseKernel,
  describeKernel,
  type Discovery,
  findKernels,
  findSelinuxPolicy,
  type Kernel,
  type KernelDescription,
  requireArchitecture,
  type SelinuxPolicy,
} from "../boot/mod.ts";
import type { Superblock } from "../ext4/mod.ts";
import { formatPlatform } from "../oci/mod.ts";
import {
  type DeadNames,
  findDeadNames,
  type OpenedImage,
  type ResolvedImage,
  type SnapshotPatch,
  snapshotPatches,
} from "../store/mod.ts";
import { formatSize, paint, print, printable, printJson } from "../ui/mod.ts";
import { deadNameProblems, deadNamesAdvice } from "./check/dead_name_texts.ts";
import { bootCommandLine, chooseBackend, guestShape } from "../launch/mod.ts";
import type { ImageCommandOptions } from "./image_command_options.ts";
import { inspectMachine, isMachine } from "./machine/inspect_machine.ts";
import { openNamedImage } from "./open_named_image.ts";

interface InspectOptions extends ImageCommandOptions {
  readonly json?: boolean | undefined;
  readonly kernel?: string | undefined;
  readonly type?: "image" | "machine" | undefined;
}

/** `snapvm inspect`. */
export async function inspect(options: InspectOptions, name: string): Promise<void> {
  if (options.type !== "image" && (options.type === "machine" || await isMachine(name))) {
    return await inspectMachine(options, name);
  }
  using opened = await openNamedImage(name, options);
  const chain = await examine(opened, options.kernel);
  if (options.json) printJson(toJson(chain));
  else print(describe(chain));
  if (chain.deadNames) {
    print(`${paint("hint:", "cyan")} ${deadNamesAdvice(chain.deadNames)}\n`, Deno.stderr);
  }
}

/** The chain as far as it goes: an image without a kernel lacks the last three. */
interface Chain {
  readonly image: ResolvedImage;
  readonly superblock: Superblock;
  readonly healed: readonly SnapshotPatch[];
  readonly deadNames: DeadNames | undefined;
  readonly selinux: SelinuxPolicy | undefined;
  readonly discovery: Discovery;
  readonly kernel?: Kernel;
  readonly description?: KernelDescription;
  readonly commandLine?: string;
  readonly problems: readonly string[];
}

async function examine(opened: OpenedImage, wanted: string | undefined): Promise<Chain> {
  const { image, root } = opened;
  const discovery = await findKernels(root);
  const chain = {
    image,
    superblock: root.superblock,
    healed: snapshotPatches(root.superblock),
    deadNames: await findDeadNames(opened, discovery.kernels.map(({ path }) => path)),
    selinux: await findSelinuxPolicy(root),
    discovery,
  };
  const found = discovery.problems.map(({ path, message }) => `${path} ${message}`);
  const dead = chain.deadNames === undefined ? [] : deadNameProblems(chain.deadNames);
  const problems = [...image.problems, ...dead, ...found];
  if (discovery.kernels.length === 0 && wanted === undefined) {
    const absent = found.length > 0 ? [] : ["the image has no kernel"];
    return { ...chain, problems: [...problems, ...absent] };
  }
  const kernel = chooseKernel(discovery, wanted);
  try {
    const description = await describeKernel(root, kernel);
    const architecture = requireArchitecture({
      os: "linux",
      architecture: description.architecture,
    });
    // Each machine has an id and a name of its own: they are not the image's.
    const shape = await guestShape(root, { labels: image.config?.config?.Labels ?? {} });
    const { text: commandLine, problems: unread } = await bootCommandLine(root, description, {
      backend: chooseBackend(),
      architecture,
      own: shape.kernelArguments,
    });
    return { ...chain, kernel, description, commandLine, problems: [...problems, ...unread] };
  } catch (error) {
    // Show what is known so far: it helps most when the kernel is at fault.
    if (!(error instanceof Error)) throw error;
    return { ...chain, kernel, problems: [...problems, error.message] };
  }
}

function toJson(chain: Chain) {
  const { image, superblock, discovery, kernel, description } = chain;
  return {
    image: image.name,
    reference: image.reference ?? null,
    store: image.store?.root ?? null,
    index: image.index ? { digest: image.index.digest, indirect: image.index.indirect } : null,
    manifest: image.manifest?.digest ?? null,
    platform: image.platform ? formatPlatform(image.platform) : null,
    config: image.config ?? null,
    snapshot: {
      path: image.snapshot.path,
      size: image.snapshot.size,
      allocated: image.snapshot.allocated,
    },
    filesystem: {
      uuid: superblock.s_uuid,
      label: superblock.s_volume_name,
      blockSize: superblock.blockSize,
      blocks: superblock.s_blocks_count,
      features: superblock.features,
    },
    healed: chain.healed.map(({ offset, bytes, fault, reason }) => ({
      offset,
      length: bytes.length,
      fault,
      reason,
    })),
    kernels: discovery.kernels,
    kernel: kernel ? { ...kernel, ...description } : null,
    selinux: chain.selinux ? { policy: chain.selinux.name, mode: chain.selinux.mode } : null,
    commandLine: chain.commandLine ?? null,
    problems: chain.problems,
  };
}

function describe(chain: Chain): string {
  const { image, superblock, healed, discovery, kernel, description } = chain;
  const { snapshot } = image;
  const lines: [string, string | undefined][] = [
    ["reference", image.reference],
    ["store", image.store?.root],
    ["index", image.index && `${image.index.digest}${image.index.indirect ? " (indirect)" : ""}`],
    [
      "manifest",
      image.manifest && `${image.manifest.digest}${layersOf(image)}`,
    ],
    ["platform", image.platform && platformLine(image)],
    ["snapshot", snapshot.path],
    ["", `${formatSize(snapshot.allocated)} on disk, ${formatSize(snapshot.size)} in all`],
    [
      "filesystem",
      `ext4, blocks of ${formatSize(superblock.blockSize)}, ${superblock.features.join(" ")}`,
    ],
    ...healed.map(({ fault }): [string, string] => ["healed", `${fault}; mended in every clone`]),
    ...discovery.kernels.map(({ version, path, kind }): [string, string] => [
      "kernel",
      `${version}  ${path} (${kind})${path === kernel?.path ? "  ← booted" : ""}`,
    ]),
    ["format", description?.format],
    ["initramfs", description && initramfsLine(description, kernel)],
    ["selinux", selinuxLine(chain.selinux)],
    ["cmdline", chain.commandLine],
    ...chain.problems.map((problem): [string, string] => ["problem", problem]),
  ];
  return lines.map(([label, value]) =>
    value === undefined ? "" : `${label.padEnd(10)}  ${printable(value)}\n`
  ).join("");
}

function layersOf({ manifest }: ResolvedImage): string {
  const layers = manifest?.content?.layers.length;
  return layers === undefined ? "" : ` (${layers} ${layers === 1 ? "layer" : "layers"})`;
}

function platformLine({ platform, platformChoice }: ResolvedImage): string {
  const only = platformChoice === "only" ? " (the only one that is unpacked)" : "";
  return platform ? formatPlatform(platform) + only : "";
}

function initramfsLine(description: KernelDescription, kernel: Kernel | undefined): string {
  if (description.initramfsSize === 0) return "none";
  return `${kernel?.initramfs ?? "in the UKI"}, ${formatSize(description.initramfsSize)}`;
}

function selinuxLine(policy: SelinuxPolicy | undefined): string {
  if (policy === undefined) return "the image has no policy";
  return policy.mode === "disabled"
    ? `${policy.name}, off: the image turns it off`
    : `${policy.name}, off unless --selinux is given`;
}
