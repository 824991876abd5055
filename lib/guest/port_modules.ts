import { basename } from "node:path/posix";
import { decompress, detectCompression, type RootFs, StreamReader } from "../boot/mod.ts";
import { GuestError } from "./guest_error.ts";

/** The largest `modules.dep` and the largest module that are read; real ones have 1 MiB and 200 KiB. */
const MAX_FILE_SIZE = 16 * 1024 * 1024;

/** How many modules `virtio_console` may need; real kernels have two, virtio and virtio_ring. */
const MAX_MODULES = 16;

/** More than the magic of any compression. */
const MAGIC_SIZE = 16;

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
 * @throws {GuestError} A module or the list of them cannot be read.
 */
export async function portModules(root: RootFs, version: string): Promise<KernelModule[]> {
  const folder = `/usr/lib/modules/${version}`;
  const list = await readUnpacked(root, `${folder}/modules.dep`);
  const line = /^(.*\/virtio_console\.ko[^/:]*):(.*)$/m.exec(new TextDecoder().decode(list));
  if (line === null) return [];
  const paths = `${line[1]} ${line[2]}`.split(" ").filter((path) => path !== "").reverse();
  if (paths.length > MAX_MODULES) {
    throw new GuestError(`Cannot load virtio_console: it needs ${paths.length - 1} other modules`);
  }
  const modules: KernelModule[] = [];
  for (const path of paths) {
    const bytes = await readUnpacked(root, `${folder}/${path}`);
    if (bytes === undefined) continue;
    modules.push({ name: basename(path).replace(/\.ko\..*$/, ".ko"), bytes });
  }
  return modules;
}

/** A file, decompressed where it is compressed; nothing where there is none. */
async function readUnpacked(
  root: RootFs,
  path: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await unpack(new StreamReader(root.read(path)));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw new GuestError(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

async function unpack(reader: StreamReader): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const compression = detectCompression(await reader.peek(MAGIC_SIZE));
    const content = compression === undefined ? reader.take() : decompress(compression, reader);
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    for await (const chunk of content) {
      size += chunk.length;
      if (size > MAX_FILE_SIZE) throw new Error(`it has more than ${MAX_FILE_SIZE} bytes`);
      chunks.push(chunk.slice());
    }
    return new Uint8Array(await new Blob(chunks).arrayBuffer());
  } finally {
    await reader.close();
  }
}
