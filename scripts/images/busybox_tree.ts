import { basename, join } from "node:path";
import { DistributionPackages, type PackageArchitecture } from "./distribution_packages.ts";
import { makeInitramfs } from "./initramfs.ts";
import { runProgram } from "./run_program.ts";

/** A small bootable system in a folder. */
export interface BusyboxTree {
  /** The folder that is the root of the system. */
  readonly folder: string;
  /** Its kernel's version, as `uname -r` prints it. */
  readonly kernelVersion: string;
}

// The kernels for virtual machines, the smallest first: Debian's, then Ubuntu's.
const KERNEL_PACKAGES: Record<PackageArchitecture, readonly string[]> = {
  amd64: ["linux-image-cloud-amd64", "linux-image-kvm", "linux-image-virtual"],
  arm64: ["linux-image-cloud-arm64", "linux-image-virtual"],
};

const FOLDERS = [
  "boot",
  "dev",
  "etc",
  "home",
  "mnt",
  "proc",
  "root",
  "run",
  "sys",
  "tmp",
  "usr/bin",
  "usr/lib/modules",
  "usr/sbin",
  "var/lib",
  "var/log",
  "var/tmp",
];

const LINKS = {
  "bin": "usr/bin",
  "sbin": "usr/sbin",
  "lib": "usr/lib",
  "etc/mtab": "../proc/mounts",
  "etc/resolv.conf": "../run/resolv.conf",
  "var/run": "../run",
};

/**
 * Makes a small bootable system out of the distribution's own packages, without root: its kernel for virtual machines
 * with all modules at `/usr/lib/modules/<version>`, an initramfs beside it, and busybox for everything else.
 *
 * @param work an existing folder for everything that comes up on the way; the system is in a folder below it.
 */
export async function makeBusyboxTree(
  work: string,
  architecture: PackageArchitecture,
): Promise<BusyboxTree> {
  const packages = await DistributionPackages.open(work, architecture);
  const unpacked = join(work, "packages");
  const kernel = await kernelPackages(packages, architecture);
  await packages.unpack([...kernel, "busybox-static"], unpacked);

  const folder = join(work, "tree");
  for (const name of FOLDERS) await Deno.mkdir(join(folder, name), { recursive: true });
  for (const [link, target] of Object.entries(LINKS)) {
    await Deno.symlink(target, join(folder, link));
  }
  const skeleton = join(import.meta.dirname ?? ".", "root");
  await runProgram("cp", ["-R", join(skeleton, "etc"), folder]);

  const busybox = join(folder, "usr/bin/busybox");
  await Deno.rename(await firstThatExists(unpacked, ["usr/bin/busybox", "bin/busybox"]), busybox);
  const applets = appletNames(await Deno.readFile(busybox));
  for (const applet of applets.filter((name) => name !== "busybox")) {
    await Deno.symlink("busybox", join(folder, "usr/bin", applet));
  }
  await Deno.symlink("../bin/busybox", join(folder, "usr/sbin/init"));

  const lib = await firstThatExists(unpacked, ["usr/lib/modules", "lib/modules"]);
  const [kernelVersion] = Array.from(Deno.readDirSync(lib), (entry) => entry.name);
  if (kernelVersion === undefined) throw new Error(`Cannot find a kernel in ${kernel.join(", ")}`);
  const modules = join(folder, "usr/lib/modules", kernelVersion);
  await Deno.rename(join(lib, kernelVersion), modules);
  const boot = join(unpacked, "boot");
  await Deno.rename(join(boot, `vmlinuz-${kernelVersion}`), join(modules, "vmlinuz"));
  await Deno.chmod(join(modules, "vmlinuz"), 0o644);
  await Deno.rename(join(boot, `config-${kernelVersion}`), join(modules, "config"));
  await runProgram("depmod", ["-b", folder, kernelVersion]);

  // Whatever the umask is here and was where the repository was fetched.
  await runProgram("chmod", ["-R", "a+rX", folder]);
  await Deno.chmod(join(folder, "root"), 0o700);
  await Deno.chmod(join(folder, "tmp"), 0o1777);
  await Deno.chmod(join(folder, "var/tmp"), 0o1777);
  await makeInitramfs({ busybox, applets, modules, target: join(modules, "initramfs.img") });
  return { folder, kernelVersion };
}

/** The real packages behind the distribution's name for its newest kernel. */
async function kernelPackages(
  packages: DistributionPackages,
  architecture: PackageArchitecture,
): Promise<string[]> {
  for (const name of KERNEL_PACKAGES[architecture]) {
    if (await packages.has(name)) {
      const found = new Set<string>();
      for (const todo = [name]; todo.length > 0;) {
        for (const dependency of await packages.dependencies(todo.pop()!)) {
          const isPart = /^linux-(?:image|modules|binary)-\d/.test(dependency);
          if (isPart && !found.has(dependency)) {
            found.add(dependency);
            todo.push(dependency);
          }
        }
      }
      return [...found];
    }
  }
  const names = KERNEL_PACKAGES[architecture].join(", ");
  throw new Deno.errors.NotFound(
    `Cannot find a kernel for virtual machines: the distribution has none of ${names}`,
  );
}

async function firstThatExists(folder: string, paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    const isThere = await Deno.lstat(join(folder, path)).then(() => true, () => false);
    if (isThere) return join(folder, path);
  }
  throw new Deno.errors.NotFound(`Cannot find ${basename(paths[0] ?? "")} in ${folder}`);
}

/**
 * The commands that a busybox binary has. They are read out of the binary, where they stand one after the other in
 * the order of the alphabet: it may be for another processor, so that asking it is not possible.
 */
function appletNames(busybox: Uint8Array): string[] {
  const text = new TextDecoder("latin1").decode(busybox);
  const start = text.indexOf("[\0[[\0");
  const end = text.indexOf("\0\0", start);
  if (start === -1 || end === -1) throw new Error("Cannot find the names of busybox's commands");
  return text.slice(start, end).split("\0");
}
