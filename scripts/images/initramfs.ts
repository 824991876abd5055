import { join } from "node:path";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import xz from "xz-decompress";
import { cpioArchive, type CpioEntry } from "../../lib/boot/mod.ts";

/** What {@linkcode makeInitramfs} is made of. */
export interface InitramfsParts {
  /** A static busybox. */
  readonly busybox: string;
  /** The names it answers to. */
  readonly applets: readonly string[];
  /** The kernel's modules with their `modules.dep`: the folder `/usr/lib/modules/<version>`. */
  readonly modules: string;
  /** Where the initramfs is written. */
  readonly target: string;
}

// What a disk, a root filesystem, a console and a network need in a virtual machine; what they need in turn is in
// modules.dep. A kernel has some of them built in, and crc32c_generic is needed where ext4 is a module.
const MODULES = [
  "virtio_pci",
  "virtio_mmio",
  "virtio_blk",
  "virtio_console",
  "virtio_rng",
  "virtio_net",
  "crc32c_generic",
  "ext4",
];

/** Writes an initramfs that mounts the root filesystem of the kernel's command line: `initramfs/init` says how. */
export async function makeInitramfs(parts: InitramfsParts): Promise<void> {
  const entries: CpioEntry[] = [];
  for (const path of ["bin", "dev", "modules", "proc", "run", "sys"]) {
    entries.push({ type: "directory", path, mode: 0o755 });
  }
  entries.push(file("bin/busybox", 0o755, await Deno.readFile(parts.busybox)));
  for (const applet of parts.applets) {
    if (applet !== "busybox") {
      entries.push({ type: "symlink", path: `bin/${applet}`, mode: 0o777, target: "busybox" });
    }
  }
  const init = join(import.meta.dirname ?? ".", "initramfs/init");
  entries.push(file("init", 0o755, await Deno.readFile(init)));
  entries.push(...await moduleEntries(parts.modules));
  await Deno.writeFile(parts.target, ReadableStream.from(cpioArchive(entries)));
}

/**
 * Writes an initramfs with one program in it, its `/init`, and the modules that it has to load: `/modules/order` has
 * their paths, one a line.
 *
 * @param modules the folder `/usr/lib/modules/<version>`.
 */
export async function makeInitramfsOf(
  init: string,
  modules: string,
  target: string,
): Promise<void> {
  const entries: CpioEntry[] = [];
  for (const path of ["dev", "modules", "proc", "root", "sys"]) {
    entries.push({ type: "directory", path, mode: 0o755 });
  }
  entries.push(file("init", 0o755, await Deno.readFile(init)));
  entries.push(...await moduleEntries(modules));
  await Deno.writeFile(target, ReadableStream.from(cpioArchive(entries)));
}

/** The files of {@linkcode MODULES} and of what they need below `/modules`, and the order in which they are loaded. */
async function moduleEntries(modules: string): Promise<CpioEntry[]> {
  const entries: CpioEntry[] = [];
  let order = "";
  for (const path of await modulesInOrder(modules)) {
    const name = `modules/${moduleName(path)}.ko`;
    entries.push(file(name, 0o644, await readModule(join(modules, path))));
    order += `/${name}\n`;
  }
  return [...entries, file("modules/order", 0o644, order)];
}

function file(path: string, mode: number, content: Uint8Array<ArrayBuffer> | string): CpioEntry {
  return { type: "file", path, mode, content };
}

/** The files of {@linkcode MODULES} and of all that they need, each after what it needs. */
async function modulesInOrder(folder: string): Promise<string[]> {
  const needs = new Map<string, string[]>();
  for (const line of (await Deno.readTextFile(join(folder, "modules.dep"))).split("\n")) {
    const [file, list] = line.split(":");
    if (file !== undefined && list !== undefined) {
      needs.set(file, list.split(" ").filter((name) => name !== ""));
    }
  }
  const order = new Set<string>();
  for (const module of MODULES) {
    const file = [...needs.keys()].find((path) => moduleName(path) === module);
    // modules.dep has the whole chain, what has to be loaded first at its end.
    if (file !== undefined) [file, ...needs.get(file) ?? []].reverse().forEach((f) => order.add(f));
  }
  return [...order];
}

/** The name of a module as the kernel knows it: `virtio_rng` for `kernel/…/virtio-rng.ko.xz`. */
function moduleName(path: string): string {
  return (path.split("/").at(-1) ?? "").replace(/\.ko(\.\w+)?$/, "").replaceAll("-", "_");
}

/** A module's own bytes: busybox does not know every compression that distributions use. */
async function readModule(path: string): Promise<Uint8Array<ArrayBuffer>> {
  if (path.endsWith(".xz")) {
    const file = await Deno.open(path);
    return await new Response(new xz.XzReadableStream(file.readable)).bytes();
  }
  const bytes = await Deno.readFile(path);
  if (path.endsWith(".zst")) return new Uint8Array(zstdDecompressSync(bytes));
  return path.endsWith(".gz") ? new Uint8Array(gunzipSync(bytes)) : bytes;
}
