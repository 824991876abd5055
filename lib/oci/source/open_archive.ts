import { ArchiveFiles } from "./archive_files.ts";
import { compressionOf, decompressed } from "./compression.ts";
import { spool } from "./spool.ts";
import type { StoredFile } from "./stored_file.ts";

/** As many bytes as show how a file is compressed. */
export const MAGIC_SIZE = 6;

/**
 * Opens the files of an archive. One that is compressed is unpacked into a temporary file first.
 *
 * @param file The archive. It is closed with the files, also if this fails.
 * @param signal Ends it when it aborts.
 * @throws {SnapvmError} `source-unreadable` if the archive is damaged; `unwritable` if there is no room to unpack it.
 */
export async function openArchive(file: StoredFile, signal?: AbortSignal): Promise<ArchiveFiles> {
  return await ArchiveFiles.open(await unpack(file, signal), signal);
}

async function unpack(file: StoredFile, signal?: AbortSignal): Promise<StoredFile> {
  try {
    const start = new Uint8Array(MAGIC_SIZE);
    await file.read(0, start);
    const compression = compressionOf(start, file.name);
    if (compression === "none") return file;
    const chunks = decompressed(compression, file.chunks(0, file.size, signal), file.name, signal);
    const unpacked = await spool(chunks, file.name, signal);
    file[Symbol.dispose]();
    return unpacked;
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}
