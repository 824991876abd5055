import { basename } from "node:path";
import { promisify } from "node:util";
import { gunzip, zstdDecompress } from "node:zlib";
import xz from "xz-decompress";
import type { RootFs } from "../boot/root_fs.ts";
import { GuestError } from "./guest_error.ts";

/** The largest `modules.dep` and the largest module that are read; real ones have 1 MiB and 100 KiB. */
const MAX_FILE_SIZE = 16 * 1024 * 1024;

/** How many modules `virtio_console` may need; real kernels have two, virtio and virtio_ring. */
const MAX_MODULES = 16;

/** A kernel module, decompressed. */
export interface KernelModule {
  /** The name of its file, without the compression's: `virtio_console.ko`. */
  readonly name: string;
  /** The file's bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The modules of virtio console ports, in the order in which they are to be loaded. None where the kernel of
 * `version` has them built in, or has no `modules.dep`.
 *
 * `modules.dep` has a line for each module, `path: paths of what it needs`, the ones to be loaded first standing
 * last (modules.dep(5) and depmod(8) of kmod).
 *
 * @throws {GuestError} A module is too large or is not what its name says.
 */
export async function portModules(root: RootFs, version: string): Promise<KernelModule[]> {
  const folder = `/usr/lib/modules/${version}`;
  const dependencies = await readSmallFile(root, `${folder}/modules.dep`);
  if (dependencies === undefined) return [];
  const line = /^(.*\/virtio_console\.ko[^/:]*):(.*)$/m.exec(
    new TextDecoder().decode(dependencies),
  );
  if (line === null) return [];
  const paths = [line[1]!, ...line[2]!.split(" ").filter((path) => path !== "")].reverse();
  if (paths.length > MAX_MODULES) {
    throw new GuestError(`Cannot load virtio_console: it needs ${paths.length - 1} other modules`);
  }
  const modules: KernelModule[] = [];
  for (const path of paths) {
    const bytes = await readSmallFile(root, `${folder}/${path}`);
    if (bytes !== undefined) modules.push(await decompressModule(path, bytes));
  }
  return modules;
}

async function readSmallFile(
  root: RootFs,
  path: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const { isFile, size } = await root.stat(path);
    if (!isFile) return undefined;
    if (size > MAX_FILE_SIZE) {
      throw new GuestError(`Cannot read ${path}: ${size} bytes are too many for it`);
    }
    return await root.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}

async function decompressModule(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<KernelModule> {
  const [, name, compression] = /^(.*\.ko)(?:\.(.*))?$/.exec(basename(path)) ?? [];
  if (name === undefined) throw new GuestError(`Cannot load ${path}: it is not a kernel module`);
  try {
    return { name, bytes: await decompress(bytes, compression) };
  } catch (cause) {
    throw new GuestError(`Cannot decompress ${path}: ${(cause as Error).message}`, { cause });
  }
}

async function decompress(
  bytes: Uint8Array<ArrayBuffer>,
  compression: string | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const options = { maxOutputLength: MAX_FILE_SIZE };
  switch (compression) {
    case undefined:
      return bytes;
    case "gz":
      return new Uint8Array(await promisify(gunzip)(bytes, options));
    case "zst":
      return new Uint8Array(await promisify(zstdDecompress)(bytes, options));
    case "xz":
      return await unxz(bytes);
    default:
      throw new GuestError(`the compression .${compression} is not known`);
  }
}

async function unxz(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of new xz.XzReadableStream(new Blob([bytes]).stream())) {
    size += chunk.length;
    if (size > MAX_FILE_SIZE) throw new GuestError(`it has more than ${MAX_FILE_SIZE} bytes`);
    chunks.push(chunk.slice());
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
