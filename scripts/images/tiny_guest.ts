/**
 * A guest that is up in two seconds even when it is emulated: the distribution's kernel and a busybox that runs one
 * script.
 *
 * @module
 */
import { basename, join } from "node:path";
import { makeBusyboxTree } from "./busybox_tree.ts";
import type { PackageArchitecture } from "./distribution_packages.ts";
import { runProgram } from "./run_program.ts";

const MODULES = ["virtio_pci", "virtio_blk", "virtio_net", "virtio_console"];
/** Loaded by the tests that want them, with the shell function `load NAME`. */
const OPTIONAL_MODULES: Record<PackageArchitecture, readonly string[]> = {
  amd64: [
    "button",
    "efivarfs",
    "evdev",
    "ext4",
    "pvpanic_mmio",
    "virtio_balloon",
    "virtio_rng",
    "virtiofs",
  ],
  arm64: [],
};

const INIT = `#!/bin/sh
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
for module in /modules/[0-9]*; do insmod "$module"; done
# The device of a named port.
port() { for port in /sys/class/virtio-ports/*; do
  [ "$(cat "$port/name")" = "$1" ] && echo "/dev/\${port##*/}"
done; }
# Loads a module, and before it what it needs, which may be there already.
load() { for module in /modules/$1/*; do insmod "$module" 2>/dev/null; done; }
sed -n 's/.*script=//p' /proc/cmdline | base64 -d >/script
. /script
`;

/**
 * Makes a kernel and an initramfs as the files `kernel` and `initramfs` of `folder`, which exists. What comes up on the
 * way goes into the folder `work`.
 */
export async function makeTinyGuest(
  folder: string,
  work: string,
  architecture: PackageArchitecture,
): Promise<void> {
  const tree = await makeBusyboxTree(work, architecture);
  const root = join(work, "initramfs");
  for (const name of ["bin", "dev", "proc", "sys"]) {
    await Deno.mkdir(join(root, name), { recursive: true });
  }
  const busybox = join(tree.folder, "usr/bin/busybox");
  await Deno.copyFile(busybox, join(root, "bin/busybox"));
  for await (const { name, isSymlink } of Deno.readDir(join(tree.folder, "usr/bin"))) {
    if (isSymlink) await Deno.symlink("busybox", join(root, "bin", name));
  }
  const copyModules = async (names: readonly string[], target: string): Promise<void> => {
    await Deno.mkdir(target);
    const modules = await moduleFiles(tree.folder, tree.kernelVersion, names);
    for (const [index, path] of modules.entries()) {
      const number = String(index).padStart(2, "0");
      await Deno.copyFile(path, join(target, `${number}-${basename(path)}`));
    }
  };
  await copyModules(MODULES, join(root, "modules"));
  for (const name of OPTIONAL_MODULES[architecture]) {
    await copyModules([name], join(root, "modules", name));
  }
  await Deno.writeTextFile(join(root, "init"), INIT, { mode: 0o755 });
  const pack = 'cd "$1" && find . | cpio --quiet -o -H newc >"$2"';
  await runProgram("sh", ["-c", pack, "sh", root, join(folder, "initramfs")]);
  await Deno.copyFile(
    join(tree.folder, "usr/lib/modules", tree.kernelVersion, "vmlinuz"),
    join(folder, "kernel"),
  );
}

/** The files of modules and of what they need, each after what it needs. */
async function moduleFiles(
  root: string,
  version: string,
  names: readonly string[],
): Promise<string[]> {
  const shown = await runProgram("modprobe", [
    ...["--dirname", root, "--set-version", version, "--show-depends", "--all"],
    ...names,
  ]);
  // What is built into the kernel has a line without a path.
  return [...new Set(Array.from(shown.matchAll(/^insmod (\S+)/gm), ([, path]) => path ?? ""))];
}
