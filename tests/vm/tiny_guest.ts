/**
 * A guest that is up in two seconds even where it is emulated: the distribution's kernel and a busybox that runs one
 * script.
 */
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Backend,
  createQemuBackend,
  type Machine,
  type MachineSpecification,
  type StartOptions,
} from "../../lib/vm/mod.ts";
import {
  cachedFolder,
  makeBusyboxTree,
  type PackageArchitecture,
  runProgram,
} from "../../scripts/images/mod.ts";

const CACHE = fileURLToPath(new URL("../fixtures/cache", import.meta.url));

const MODULES = ["virtio_pci", "virtio_blk", "virtio_net", "virtio_console"];
/** Loaded by the tests that want them, with the shell function `load NAME`. */
const OPTIONAL_MODULES: Record<PackageArchitecture, readonly string[]> = {
  amd64: [
    "button",
    "efivarfs",
    "evdev",
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

/** A kernel and its initramfs. */
export interface TinyGuest {
  /** The kernel's path. */
  readonly kernel: string;
  /** The initramfs's path. */
  readonly initramfs: string;
}

/** Makes the tiny guest, or finds it made already. */
export async function tinyGuest(architecture: PackageArchitecture = "amd64"): Promise<TinyGuest> {
  const folder = await cachedFolder({
    cache: CACHE,
    name: `tiny-guest-${architecture}`,
    recipe: [new URL(import.meta.url)],
    make: async ({ folder, work }) => {
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
      await Deno.mkdir(folder);
      const pack = 'cd "$1" && find . | cpio --quiet -o -H newc >"$2"';
      await runProgram("sh", ["-c", pack, "sh", root, join(folder, "initramfs")]);
      await Deno.copyFile(
        join(tree.folder, "usr/lib/modules", tree.kernelVersion, "vmlinuz"),
        join(folder, "kernel"),
      );
    },
  });
  return { kernel: join(folder, "kernel"), initramfs: join(folder, "initramfs") };
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

/** What {@linkcode startTinyGuest} starts beside its script. */
export interface TinyGuestOptions extends StartOptions {
  /** What differs from the smallest machine. */
  readonly machine?: Partial<MachineSpecification>;
  /** The backend; QEMU as it is found where absent. */
  readonly backend?: Backend;
  /** The kernel's name of its console. */
  readonly console?: string;
}

/** Starts a machine that runs `script` as its init, with its files in `folder`. */
export async function startTinyGuest(
  folder: string,
  script: string,
  options: TinyGuestOptions = {},
): Promise<Machine> {
  const { machine, backend = createQemuBackend(), console, ...startOptions } = options;
  const { kernel, initramfs } = await tinyGuest();
  const commandLine = [
    `console=${console ?? backend.consoleDevice("x86_64")}`,
    "quiet",
    ...backend.kernelArguments("x86_64"),
    `script=${btoa(script)}`,
  ].join(" ");
  return await backend.start({
    architecture: "x86_64",
    cpus: 1,
    memory: 256 * 2 ** 20,
    kernel,
    initramfs,
    commandLine,
    disks: [],
    network: false,
    ports: [],
    folder,
    ...machine,
  }, startOptions);
}

/** Reads a guest's output to its end, as text. */
export async function readText(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return await new Response(stream).text();
}

/** Reads until a text has come, and returns everything up to the end of the piece that had its end. */
export async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  text: string,
): Promise<string> {
  const decoder = new TextDecoder();
  let read = "";
  while (!read.includes(text)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`The guest ended without ${JSON.stringify(text)}: ${read}`);
    read += decoder.decode(value, { stream: true });
  }
  return read;
}
