import { join, statIfThere } from "../../host/mod.ts";
import { SnapvmError } from "../../error/mod.ts";
import { archiveKind, ROOTFS_NAMES } from "./archive_kind.ts";
import { type Compression, compressionOf, decompressed } from "./compression.ts";
import { openDockerArchive } from "./docker_archive.ts";
import { FolderFiles } from "./folder_files.ts";
import type { ImageSource } from "./image_source.ts";
import { LayoutSource } from "./layout_source.ts";
import { MAGIC_SIZE, openArchive } from "./open_archive.ts";
import type { OpenImportOptions } from "./import_options.ts";
import { readStream } from "./read_stream.ts";
import { archiveFolder } from "./rootfs_folder.ts";
import { openRootfs } from "./rootfs.ts";
import { unreadableBecause } from "./source_errors.ts";
import { spool } from "./spool.ts";
import { StoredFile } from "./stored_file.ts";

/** Enough of an archive to see what it is, in bytes. */
const HEAD_SIZE = 1 << 20;

/** Does the work of `openImport()`. */
export async function examineSource(
  path: string,
  options: OpenImportOptions = {},
): Promise<ImageSource> {
  const { signal, env = Deno.env.toObject() } = options;
  if (path === "-") {
    const stdin = options.stdin ?? Deno.stdin.readable;
    return await openStream(stdin, "the standard input", sourceDate(env), options);
  }
  const info = await statIfThere(path).catch((cause) => {
    throw unreadableBecause(path, cause);
  });
  if (info === undefined) throw unreadableBecause(path, new Deno.errors.NotFound());
  const created = sourceDate(env, info.mtime);
  if (info.isDirectory) return await openFolder(path, created, options);
  if (!info.isFile) {
    const file = await Deno.open(path).catch((cause) => {
      throw unreadableBecause(path, cause);
    });
    return await openStream(file.readable, path, created, options);
  }
  const file = await StoredFile.open(path, path);
  const { kind, compression } = await examine(file.chunks(0, file.size, signal), path, signal)
    .catch((error) => {
      file[Symbol.dispose]();
      throw error;
    });
  return kind === "image"
    ? await openImageArchive(file, options)
    : await openRootfs(file, compression, { ...options, created });
}

async function openFolder(
  path: string,
  created: Date,
  options: OpenImportOptions,
): Promise<ImageSource> {
  const has = async (name: string) => await statIfThere(join(path, name)) !== undefined;
  if (await has("oci-layout") || await has("index.json")) {
    return await LayoutSource.open(
      await FolderFiles.open(path, path),
      options.image,
      options.signal,
    );
  }
  const names = await Promise.all(ROOTFS_NAMES.map(has));
  if (!names.includes(true)) throw unknownSource(path, "folder");
  const archive = await spool(archiveFolder(path, options.signal), path, options.signal);
  return await openRootfs(archive, "none", { ...options, created });
}

/** Opens what comes through a pipe: it has to be kept, since an image is not read from start to end. */
async function openStream(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  name: string,
  created: Date,
  options: OpenImportOptions,
): Promise<ImageSource> {
  const { signal } = options;
  await using chunks = readStream(stream, signal);
  const { kind, compression, start } = await examine(chunks, name, signal);
  const whole = joined(start, chunks);
  if (kind === "rootfs") {
    return await openRootfs(await spool(whole, name, signal), compression, { ...options, created });
  }
  const plain = compression === "none" ? whole : decompressed(compression, whole, name, signal);
  return await openImageArchive(await spool(plain, name, signal), options);
}

async function openImageArchive(
  file: StoredFile,
  { image, signal }: OpenImportOptions,
): Promise<ImageSource> {
  const files = await openArchive(file, signal);
  const has = async (path: string) => await files.size(path) !== undefined;
  // What `docker save` has made since version 25 is both: OCI's documents tell more.
  if (await has("oci-layout") && await has("index.json")) {
    return await LayoutSource.open(files, image, signal);
  }
  if (await has("manifest.json")) return await openDockerArchive(files, image, signal);
  await files[Symbol.asyncDispose]();
  throw unknownSource(file.name, "archive");
}

interface Examined {
  readonly kind: "image" | "rootfs";
  readonly compression: Compression;
  /** What was read to find it out. */
  readonly start: readonly Uint8Array<ArrayBuffer>[];
}

/** Finds out what an archive is. Of the chunks only the first are taken. */
async function examine(
  chunks: AsyncGenerator<Uint8Array<ArrayBuffer>, void>,
  name: string,
  signal?: AbortSignal,
): Promise<Examined> {
  const start: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  while (length < HEAD_SIZE) {
    const { done, value } = await chunks.next();
    if (done === true) break;
    start.push(value);
    length += value.length;
  }
  const head = concatenate(start);
  const compression = compressionOf(head.subarray(0, MAGIC_SIZE), name);
  const plain = compression === "none" ? head : await beginning(compression, head, name, signal);
  const kind = await archiveKind(plain);
  if (kind === undefined) throw unknownSource(name, "file");
  return { kind, compression, start };
}

/** Unpacks the beginning of an archive of which no more than the beginning is here. */
async function beginning(
  compression: Exclude<Compression, "none">,
  head: Uint8Array<ArrayBuffer>,
  name: string,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  try {
    for await (const part of decompressed(compression, joined([head]), name, signal)) {
      parts.push(part);
      length += part.length;
      if (length >= HEAD_SIZE) break;
    }
  } catch (error) {
    // It ends too early, of course.
    if (!(error instanceof SnapvmError) || length === 0) throw error;
  }
  return concatenate(parts);
}

async function* joined(
  start: readonly Uint8Array<ArrayBuffer>[],
  rest?: AsyncIterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  yield* start;
  if (rest !== undefined) yield* rest;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/**
 * When an image was made, if it says nothing of it.
 *
 * Source: reproducible-builds.org, "SOURCE_DATE_EPOCH".
 */
function sourceDate(
  env: Readonly<Record<string, string | undefined>>,
  changed: Date | null = null,
): Date {
  const epoch = env["SOURCE_DATE_EPOCH"] ?? "";
  if (/^\d{1,11}$/.test(epoch)) return new Date(Number(epoch) * 1000);
  return changed ?? new Date(0);
}

function unknownSource(path: string, what: string): SnapvmError<"unknown-source"> {
  const rootfs = ROOTFS_NAMES.filter((name) => ["bin", "etc", "usr"].includes(name)).join("`, `");
  return new SnapvmError(
    "unknown-source",
    `Cannot import ${path}: this ${what} has neither \`oci-layout\` (an OCI layout) nor ` +
      `\`manifest.json\` (an archive of \`docker save\`), and no folder of a root filesystem ` +
      `such as \`${rootfs}\``,
    { data: { path } },
  );
}
