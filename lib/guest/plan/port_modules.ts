import { hasCode, SnapvmError } from "../../error/mod.ts";
import { decompress, detectCompression, type RootFs, StreamReader } from "../../boot/mod.ts";

/** How large `modules.dep` and a module may be, unpacked; real ones have 1 MiB and 200 KiB. */
const MAX_FILE_SIZE = 16 * 1024 * 1024;

/** `virtio_console` and the modules that it needs; real kernels have two of them, virtio and virtio_ring. */
const MAX_MODULES = 16;

/** Longer than the magic number of any compression. */
const MAGIC_SIZE = 16;

/** A kernel module, unpacked. */
export interface KernelModule {
  /** The name of its file, without the suffix of the compression: `virtio_console.ko`. */
  readonly name: string;
  /** The file's bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The modules of virtio console ports, in the order in which they have to be loaded. There are none if the kernel has
 * them built in, or has no `modules.dep`.
 *
 * `modules.dep` has a line for each module, `path: paths of the modules that it needs`. The last one has to be loaded
 * first (modules.dep(5) and depmod(8) of kmod).
 *
 * @param root The root filesystem that has the modules.
 * @param version The kernel's version, the name of its folder in `/usr/lib/modules`.
 * @returns The modules.
 * @throws {SnapvmError} `unusable-module` if a module or their list cannot be read.
 */
export async function portModules(root: RootFs, version: string): Promise<KernelModule[]> {
  const folder = `/usr/lib/modules/${version}`;
  const listPath = `${folder}/modules.dep`;
  const list = await readUnpacked(root, listPath);
  const line = /^(.*\/virtio_console\.ko[^/:]*):(.*)$/m.exec(new TextDecoder().decode(list));
  if (line === null) return [];
  const paths = `${line[1]} ${line[2]}`.split(" ").filter((path) => path !== "").reverse();
  if (paths.length > MAX_MODULES) {
    const message = `Cannot load virtio_console: it needs ${paths.length - 1} other modules`;
    throw new SnapvmError("unusable-module", message, { data: { path: listPath } });
  }
  const modules: KernelModule[] = [];
  for (const path of paths) {
    const bytes = await readUnpacked(root, `${folder}/${path}`);
    if (bytes === undefined) continue;
    modules.push({ name: fileName(path).replace(/\.ko\..*$/, ".ko"), bytes });
  }
  return modules;
}

/** A file, unpacked if it is compressed; `undefined` if it does not exist. */
async function readUnpacked(
  root: RootFs,
  path: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await unpack(new StreamReader(root.read(path)), path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    if (!(cause instanceof Error)) throw cause;
    const message = hasCode(cause, "decompression-failed")
      ? cause.message
      : `Cannot read ${path}: ${cause.message}`;
    throw new SnapvmError("unusable-module", message, { data: { path }, cause });
  }
}

async function unpack(reader: StreamReader, path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const compression = detectCompression(await reader.peek(MAGIC_SIZE));
    const content = compression === undefined
      ? reader.take()
      : decompress(compression, reader, path);
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

function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
