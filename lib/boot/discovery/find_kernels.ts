import { fileSource } from "../kernel/byte_source.ts";
import { compareVersions } from "./compare_versions.ts";
import type { Discovery, Kernel, KernelProblem } from "./discovery.ts";
import type { RootFs, RootFsEntry } from "../root_fs.ts";
import { readUki } from "../kernel/uki.ts";

/** The places that are searched, in words for people. */
export const KERNEL_PLACES: readonly string[] = [
  "/boot/EFI/Linux/*.efi, /boot/EFI/Linux/bootc/*.efi (UKI)",
  "/usr/lib/modules/<version>/*.efi (UKI)",
  "/usr/lib/modules/<version>/vmlinuz and initramfs.img",
  "/boot/vmlinuz-<version> and initrd.img-<version> or initramfs-<version>.img",
];

/** How many names are looked at in all. No real image comes close; a hostile one may have millions. */
const MAX_NAMES = 4096;

const KERNEL_NAMES = ["vmlinuz", "Image"];
const INITRAMFS_NAMES = ["initramfs.img", "initrd.img", "initramfs", "initrd"];
const INITRAMFS_MISSING = `none of ${INITRAMFS_NAMES.join(", ")} beside it, nor one in /boot`;
const BOOT_KERNEL = /^(?:vmlinuz|Image)-(.+)$/;
const BOOT_INITRAMFS = /^(?:initrd\.img|initramfs|initrd)-(.+?)(?:\.img)?$/;
const EFI_NAME = /^efi$/i;
const IN_BOOT = [BOOT_KERNEL, BOOT_INITRAMFS, EFI_NAME];
const UKI_NAME = /\.efi$/i;
/** systemd-boot counts the attempts to boot an entry in its name: `name+3-0.efi`. */
const BOOT_COUNTER = /\+\d+(?:-\d+)?$/;
const KINDS = ["uki", "modules", "boot"];

/**
 * Looks for kernels in the places where distributions put them. Only the headers of UKIs are read. Whatever cannot be
 * read becomes a problem in the result.
 *
 * @param root The image's root filesystem.
 * @returns The kernels, and what was found but cannot be used.
 *
 * @example
 * ```ts
 * import { findKernels, HostFolder } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.mkdir(`${folder}/boot`);
 * await Deno.writeTextFile(`${folder}/boot/vmlinuz-6.12.0`, "a kernel");
 * await Deno.writeTextFile(`${folder}/boot/initrd.img-6.12.0`, "an initramfs");
 *
 * const { kernels } = await findKernels(new HostFolder(folder));
 * assert.deepEqual(kernels, [{
 *   kind: "boot",
 *   version: "6.12.0",
 *   path: "/boot/vmlinuz-6.12.0",
 *   initramfs: "/boot/initrd.img-6.12.0",
 * }]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function findKernels(root: RootFs): Promise<Discovery> {
  const search: Search = { root, kernels: [], problems: [], namesLeft: MAX_NAMES };
  const modules = await moduleFolders(search);
  const inBoot = await list(search, "/boot", ({ name }) => IN_BOOT.some((each) => each.test(name)));

  await findUkisInBoot(search, modules, inBoot.filter((name) => EFI_NAME.test(name)));
  for (const { folder, version } of modules) await findUkis(search, modules, folder, version);
  const boot: string[] = [];
  for (const name of inBoot) if (await isFile(search, `/boot/${name}`)) boot.push(name);
  for (const folder of modules) await findModulesKernel(search, folder, boot);
  findBootKernels(search, modules, boot);

  search.kernels.sort((a, b) =>
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || compareVersions(b.version, a.version) ||
    (a.path < b.path ? -1 : 1)
  );
  return { kernels: search.kernels, problems: search.problems };
}

interface Search {
  readonly root: RootFs;
  readonly kernels: Kernel[];
  readonly problems: KernelProblem[];
  namesLeft: number;
}

/** A folder of kernel modules. */
interface ModuleFolder {
  readonly folder: string;
  readonly version: string;
  /** The kernel's name in `/boot` on Arch Linux: `linux`. */
  readonly packageName?: string;
}

/** `/lib/modules` counts only if `/lib` is a folder of its own, as in older Alpine. */
async function moduleFolders(search: Search): Promise<ModuleFolder[]> {
  const { root } = search;
  const bases = ["/usr/lib/modules"];
  const lib = await orNothing(search, "/lib", root.lstat("/lib"));
  if (lib?.isDirectory) bases.push("/lib/modules");
  const folders: ModuleFolder[] = [];
  for (const base of bases) {
    for (const version of await list(search, base, (entry) => !entry.isFile)) {
      const folder = `${base}/${version}`;
      const info = await orNothing(search, folder, root.stat(folder));
      if (!info?.isDirectory) continue;
      const packageName = await readPackageName(search, `${folder}/pkgbase`);
      folders.push({ folder, version, ...(packageName && { packageName }) });
    }
  }
  return folders;
}

async function readPackageName(search: Search, path: string): Promise<string | undefined> {
  const info = await orNothing(search, path, search.root.stat(path));
  if (!info?.isFile || info.size > 256) return undefined;
  const bytes = await orNothing(search, path, search.root.readFile(path));
  return bytes && new TextDecoder().decode(bytes).trim();
}

/** Names on an EFI system partition ignore case, and images spell them in different ways. */
async function findUkisInBoot(
  search: Search,
  modules: readonly ModuleFolder[],
  folders: readonly string[],
): Promise<void> {
  for (const efi of folders) {
    await findUkisInEfi(search, modules, `/boot/${efi}`);
    // The partition itself may be mounted at /boot/efi.
    for (const inner of await list(search, `/boot/${efi}`, isFolder(EFI_NAME))) {
      await findUkisInEfi(search, modules, `/boot/${efi}/${inner}`);
    }
  }
}

async function findUkisInEfi(
  search: Search,
  modules: readonly ModuleFolder[],
  folder: string,
): Promise<void> {
  for (const linux of await list(search, folder, isFolder(/^linux$/i))) {
    await findUkis(search, modules, `${folder}/${linux}`);
    for (const bootc of await list(search, `${folder}/${linux}`, isFolder(/^bootc$/i))) {
      await findUkis(search, modules, `${folder}/${linux}/${bootc}`);
    }
  }
}

/** The UKIs in a folder, not below it; `folderVersion` is the version of the modules in it. */
async function findUkis(
  search: Search,
  modules: readonly ModuleFolder[],
  folder: string,
  folderVersion?: string,
): Promise<void> {
  for (const name of await list(search, folder, (entry) => UKI_NAME.test(entry.name))) {
    const path = `${folder}/${name}`;
    if (!await isFile(search, path)) continue;
    const reading = fileSource(search.root, path).then((source) => readUki(source, path));
    const uki = await orNothing(search, path, reading);
    if (uki === undefined) continue;
    const version = uki.uname || folderVersion ||
      name.replace(UKI_NAME, "").replace(BOOT_COUNTER, "");
    const own = modules.find((each) => each.version === (folderVersion ?? version));
    search.kernels.push({ kind: "uki", version, path, ...(own && { modules: own.folder }) });
  }
}

async function findModulesKernel(
  search: Search,
  { folder, version, packageName }: ModuleFolder,
  boot: readonly string[],
): Promise<void> {
  const path = await firstFile(search, folder, KERNEL_NAMES);
  const initramfs = await firstFile(search, folder, INITRAMFS_NAMES) ??
    bootInitramfs(boot, version) ?? (packageName && bootInitramfs(boot, packageName));
  if (path && initramfs) {
    search.kernels.push({ kind: "modules", version, path, initramfs, modules: folder });
  } else if (path) {
    search.problems.push({
      kind: "no-initramfs",
      path,
      message: `has no initramfs: ${INITRAMFS_MISSING}`,
    });
  } else if (initramfs?.startsWith(folder) && !hasKernel(search, version)) {
    search.problems.push({
      kind: "no-kernel",
      path: initramfs,
      message: "has no kernel (vmlinuz) beside it",
    });
  }
}

function findBootKernels(
  search: Search,
  modules: readonly ModuleFolder[],
  boot: readonly string[],
): void {
  const names = new Set<string>();
  for (const file of boot) {
    const name = BOOT_KERNEL.exec(file)?.[1];
    if (name === undefined) continue;
    names.add(name);
    const path = `/boot/${file}`;
    const folder = modulesOf(modules, name);
    const version = folder?.version ?? name;
    const initramfs = bootInitramfs(boot, name);
    if (initramfs !== undefined) {
      const kernel: Kernel = { kind: "boot", version, path, initramfs };
      search.kernels.push(folder ? { ...kernel, modules: folder.folder } : kernel);
    } else if (!hasKernel(search, version)) {
      search.problems.push({
        kind: "no-initramfs",
        path,
        message: `has no initramfs: none of initrd.img-${name}, initramfs-${name}.img beside it`,
      });
    }
  }
  for (const file of boot) {
    const name = BOOT_INITRAMFS.exec(file)?.[1];
    // A kernel may have more than one initramfs: Arch's -fallback, Fedora's kdump.
    const known = [...names, ...search.kernels.map(({ version }) => version)];
    if (name === undefined || known.some((other) => name.startsWith(other))) continue;
    search.problems.push({
      kind: "no-kernel",
      path: `/boot/${file}`,
      message: `has no kernel (vmlinuz-${name})`,
    });
  }
}

/** Alpine names its kernels after their flavour, which the names of their module folders end with. */
function modulesOf(modules: readonly ModuleFolder[], name: string): ModuleFolder | undefined {
  return modules.find(({ version }) => version === name) ??
    modules.find(({ version, packageName }) =>
      packageName === name || version.endsWith(`-${name}`)
    );
}

function bootInitramfs(boot: readonly string[], name: string): string | undefined {
  const candidates = ["initrd.img-*", "initramfs-*.img", "initramfs-*", "initrd-*"];
  const file = candidates.map((each) => each.replace("*", () => name))
    .find((each) => boot.includes(each));
  return file && `/boot/${file}`;
}

function hasKernel(search: Search, version: string): boolean {
  return search.kernels.some((kernel) => kernel.version === version);
}

async function firstFile(
  search: Search,
  folder: string,
  names: readonly string[],
): Promise<string | undefined> {
  for (const name of names) {
    const path = `${folder}/${name}`;
    if (await isFile(search, path)) return path;
  }
  return undefined;
}

async function isFile(search: Search, path: string): Promise<boolean> {
  return (await orNothing(search, path, search.root.stat(path)))?.isFile ?? false;
}

function isFolder(name: RegExp): (entry: RootFsEntry) => boolean {
  return (entry) => name.test(entry.name) && !entry.isFile;
}

/** The wanted names in a folder, sorted; none if the folder is absent or cannot be read. */
async function list(
  search: Search,
  folder: string,
  wanted: (entry: RootFsEntry) => boolean,
): Promise<string[]> {
  const names: string[] = [];
  const reading = async () => {
    for await (const entry of search.root.readDir(folder)) {
      if (!wanted(entry)) continue;
      if (search.namesLeft-- <= 0) {
        const message = "has too many names; some were left out";
        search.problems.push({ kind: "unreadable", path: folder, message });
        break;
      }
      names.push(entry.name);
    }
  };
  await orNothing(search, folder, reading());
  return names.sort();
}

/** What was asked for. If it is absent, nothing; if it cannot be read, nothing and a problem. */
async function orNothing<T>(
  search: Search,
  path: string,
  reading: Promise<T>,
): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    const isAbsent = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (!isAbsent) {
      const why = error instanceof Error ? error.message : String(error);
      search.problems.push({ kind: "unreadable", path, message: `cannot be read: ${why}` });
    }
    return undefined;
  }
}
