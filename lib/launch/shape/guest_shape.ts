import { findSelinuxPolicy, type RootFs, type SelinuxPolicy } from "../../boot/mod.ts";
import { SnapvmError } from "../../error/mod.ts";

/**
 * What a user may want of the guest's system itself.
 *
 * @example
 * ```ts
 * import type { GuestShapeOptions } from "@x/snapvm";
 *
 * const options: GuestShapeOptions = { writable: true };
 * console.log(options.selinux ?? false);
 * ```
 */
export interface GuestShapeOptions {
  /** Whether the root filesystem is mounted read only. */
  readonly readOnly?: boolean;
  /**
   * Whether the guest may write to its whole root filesystem, on the clone. By default it may not write to `/usr` if the
   * image is one of a bootable container: so it is where such an image is installed.
   */
  readonly writable?: boolean;
  /** Whether the image's SELinux policy is enforced. */
  readonly selinux?: boolean;
}

/** What {@linkcode guestShape} takes besides. */
export interface GuestShapeFacts extends GuestShapeOptions {
  /** The labels of the image's configuration. */
  readonly labels: Readonly<Record<string, string>>;
  /** The machine's name, which becomes the hostname of an image without one. */
  readonly name?: string | undefined;
  /** The machine id of an image without one: 32 hexadecimal digits; absent if there is no machine. */
  readonly machineId?: string | undefined;
  /** The time zone of an image without one: `Europe/Paris`; by default the host's. */
  readonly timeZone?: string | undefined;
  /** The user's kernel arguments, which are left to the user. */
  readonly user?: readonly string[];
}

/**
 * What an image's SELinux policy does in the guest: there may be none.
 *
 * @example
 * ```ts
 * import type { SelinuxState } from "@x/snapvm";
 *
 * const words: Record<SelinuxState, string> = { enforced: "enforced", off: "off", none: "no policy" };
 * console.log(words.off);
 * ```
 */
export type SelinuxState = "enforced" | "off" | "none";

/**
 * How the guest is made what it is in production.
 *
 * @example
 * ```ts
 * import type { GuestShape } from "@x/snapvm";
 *
 * const describe = ({ readOnlyFolders, selinux }: GuestShape) => `${readOnlyFolders} ${selinux}`;
 * console.log(describe({
 *   kernelArguments: [],
 *   configuration: [],
 *   readOnlyFolders: ["/usr"],
 *   selinux: "off",
 * }));
 * ```
 */
export interface GuestShape {
  /** What the kernel command line needs. */
  readonly kernelArguments: readonly string[];
  /** What the agent in the guest is told, as fields of its configuration. */
  readonly configuration: readonly (readonly [name: string, value: string])[];
  /** The folders that the guest may not write to. */
  readonly readOnlyFolders: readonly string[];
  /** What the image's SELinux policy does. */
  readonly selinux: SelinuxState;
  /** The guest's machine id; absent if the image has one of its own. */
  readonly machineId?: string;
}

/** The label of images for bootable containers. */
const BOOTC_LABEL = "containers.bootc";

/** The longest hostname that Linux takes (`HOST_NAME_MAX`). */
const MAX_HOSTNAME = 64;

/** The longest file that is read here; such files have one line. */
const MAX_LINE_FILE = 4096;

/**
 * Works out what makes a guest what it is in production, or quiet enough for a machine that nobody sits at:
 *
 * - `/usr` of an image for bootable containers is read only;
 * - an image without a machine id, hostname or time zone gets one;
 * - systemd does not ask on its first boot, and cloud-init does not look for data that nobody has;
 * - the SELinux policy is enforced, or off.
 *
 * What systemd takes from the kernel command line is there, so that it holds from the beginning and nothing has to be
 * written; everything else does the agent.
 *
 * @param root The image's root filesystem.
 * @param facts What is wanted.
 * @returns What has to be told to the kernel and the agent.
 * @throws {SnapvmError} `no-selinux-policy` if a policy is to be enforced and there is none.
 */
export async function guestShape(root: RootFs, facts: GuestShapeFacts): Promise<GuestShape> {
  const { labels, readOnly = false, writable = false, user = [] } = facts;
  const hasSystemd = await exists(root, "/usr/lib/systemd/systemd");
  const policy = await findSelinuxPolicy(root);
  const selinux = selinuxState(policy, facts.selinux ?? false);
  const isBootc = /^(?:1|true)$/.test(labels[BOOTC_LABEL] ?? "");
  const readOnlyFolders = isBootc && !writable && !readOnly ? ["/usr"] : [];
  const machineId = isUnset(await readLine(root, "/etc/machine-id")) ? facts.machineId : undefined;
  const hostname = await readLine(root, "/etc/hostname") ? undefined : hostnameOf(facts.name ?? "");
  const timeZone = facts.timeZone ?? hostTimeZone();

  const kernelArguments: string[] = [];
  const configuration: [string, string][] = readOnlyFolders.map((path) => ["read-only", path]);
  if (hasSystemd) kernelArguments.push("systemd.firstboot=off");
  if (machineId !== undefined) {
    if (hasSystemd) kernelArguments.push(`systemd.machine_id=${machineId}`);
    else if (!readOnly) configuration.push(["machine-id", machineId]);
  }
  if (hostname !== undefined) {
    if (hasSystemd) kernelArguments.push(`systemd.hostname=${hostname}`);
    else configuration.push(["hostname", hostname]);
  }
  if (timeZone !== undefined && !readOnly && await isAbsent(root, "/etc/localtime")) {
    configuration.push(["time-zone", timeZone]);
  }
  if (await hasCloudInit(root) && !user.some((word) => /^(?:ci\.|ds=|cloud-init=)/.test(word))) {
    kernelArguments.push("cloud-init=disabled");
  }
  kernelArguments.push(...SELINUX_ARGUMENTS[selinux]);
  // With a configuration and no policy systemd would give up booting.
  if (selinux === "none" && await exists(root, "/etc/selinux/config")) {
    kernelArguments.push(...SELINUX_ARGUMENTS.off);
  }
  return {
    kernelArguments,
    configuration,
    readOnlyFolders,
    selinux,
    ...machineId !== undefined && { machineId },
  };
}

/**
 * Debian's kernels have AppArmor as well, and only the first one of the two that the kernel names works. `security=` is
 * the choice for kernels whose `lsm=` is not given.
 */
const SELINUX_ARGUMENTS: Readonly<Record<SelinuxState, readonly string[]>> = {
  enforced: ["security=selinux", "selinux=1", "enforcing=1"],
  // The layers of containers carry no labels: a guest that enforces its policy could run nothing.
  off: ["selinux=0"],
  none: [],
};

function selinuxState(policy: SelinuxPolicy | undefined, isWanted: boolean): SelinuxState {
  if (policy !== undefined) return isWanted ? "enforced" : "off";
  if (!isWanted) return "none";
  throw new SnapvmError(
    "no-selinux-policy",
    "Cannot enforce the image's SELinux policy: it has none",
    { data: {} },
  );
}

function isUnset(id: string | undefined): boolean {
  return id === undefined || id === "" || id === "uninitialized";
}

/** What of a machine's name can be a hostname; `undefined` if nothing can. */
function hostnameOf(name: string): string | undefined {
  const text = name.toLowerCase().replace(/[^a-z0-9.-]+/g, "-").slice(0, MAX_HOSTNAME);
  return text.replace(/^[.-]+|[.-]+$/g, "") || undefined;
}

function hostTimeZone(): string | undefined {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return /^[A-Za-z][\w+/-]*$/.test(timeZone) ? timeZone : undefined;
}

async function hasCloudInit(root: RootFs): Promise<boolean> {
  for (const folder of ["/usr/lib/systemd/system", "/lib/systemd/system", "/etc/init.d"]) {
    for (const name of ["cloud-init.target", "cloud-init"]) {
      if (await exists(root, `${folder}/${name}`)) return true;
    }
  }
  return false;
}

async function exists(root: RootFs, path: string): Promise<boolean> {
  try {
    await root.stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Whether there is not even a link. */
async function isAbsent(root: RootFs, path: string): Promise<boolean> {
  try {
    await root.lstat(path);
    return false;
  } catch (error) {
    if (isMissing(error)) return true;
    throw error;
  }
}

/** The first line of a file; `undefined` if it is not there. What is no small file counts as if it had one. */
async function readLine(root: RootFs, path: string): Promise<string | undefined> {
  try {
    const { isFile, size } = await root.stat(path);
    if (!isFile || size > MAX_LINE_FILE) return "?";
    const text = new TextDecoder().decode(await root.readFile(path));
    return text.split("\n", 1)[0]!.trim();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.FilesystemLoop;
}
