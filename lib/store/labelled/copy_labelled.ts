import { type Ext4, type Ext4Metadata, Ext4Writer, type FileInfo } from "../../ext4/mod.ts";
import { Writeback } from "../content/writeback.ts";
import type { FileKind, SnapshotLabels } from "./snapshot_labels.ts";

const LABEL = "security.selinux";
/** What the copy has room for beyond what is used in the original, in bytes. */
const HEADROOM = 256 * 2 ** 20;

/** What {@linkcode copyLabelled} takes besides the filesystem. */
export interface CopyLabelledOptions {
  /** The labels. */
  readonly labels: SnapshotLabels;
  /** Ends the work with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes of content that were copied. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/**
 * Copies a filesystem and gives everything in it the labels of a policy. All else stays as it is: names, links, owners,
 * modes, times, holes, other attributes, UUID and label.
 *
 * @param source The filesystem.
 * @param path The new file.
 * @param options The labels.
 * @throws {Corrupt} If something in the filesystem cannot be read.
 * @throws {SnapvmError} What `Ext4Writer` throws.
 * @throws The signal's reason.
 */
export async function copyLabelled(
  source: Ext4,
  path: string,
  { labels, signal, onProgress }: CopyLabelledOptions,
): Promise<void> {
  const { superblock } = source;
  const { blockSize, s_blocks_count, s_free_blocks_count } = superblock;
  const used = (Number(s_blocks_count) - Number(s_free_blocks_count)) * blockSize;
  await using writer = await Ext4Writer.create(path, {
    size: Math.max(Number(s_blocks_count) * blockSize, used + HEADROOM),
    journal: true,
    label: superblock.s_volume_name,
    uuid: superblock.s_uuid,
  });
  await using writeback = await Writeback.open(path);
  const copy = new Copy(source, writer, labels);
  let done = 0;
  for (const { pathBytes, nameBytes, depth, info, error } of source.walkSync("/")) {
    if (error !== undefined) throw error;
    signal?.throwIfAborted();
    // The walk's memory is its own.
    const metadata = await copy.metadata(latin1(pathBytes), info);
    if (depth === 0) {
      copy.folders[0] = writer.root;
      writer.setMetadata(writer.root, metadata);
      continue;
    }
    copy.folders.length = depth;
    const folder = copy.folders[depth - 1]!;
    if (info.isDirectory) {
      // A new filesystem has its lost+found.
      const there = depth === 1 ? writer.find(folder, nameBytes) : undefined;
      if (there !== undefined) writer.setMetadata(there, metadata);
      copy.folders[depth] = there ?? writer.addFolder(folder, nameBytes, metadata);
      continue;
    }
    const known = info.nlink > 1 ? copy.links.get(info.ino) : undefined;
    if (known !== undefined) {
      writer.addLink(folder, nameBytes, known);
      continue;
    }
    const entry = await copy.add(folder, nameBytes, info, metadata, (bytes) => {
      done += bytes;
      writeback.add(bytes);
      onProgress?.(done);
    });
    if (info.nlink > 1) copy.links.set(info.ino, entry);
    await writer.ready();
  }
  signal?.throwIfAborted();
  await writer.finish();
}

class Copy {
  /** The entries of the folders on the way to the current name. */
  readonly folders: number[] = [];
  /** The entries of files with several names, by the numbers of their inodes in the source. */
  readonly links = new Map<number, number>();
  readonly #source: Ext4;
  readonly #writer: Ext4Writer;
  readonly #labels: SnapshotLabels;
  readonly #values = new Map<string, Uint8Array<ArrayBuffer>>();

  constructor(source: Ext4, writer: Ext4Writer, labels: SnapshotLabels) {
    this.#source = source;
    this.#writer = writer;
    this.#labels = labels;
  }

  async metadata(path: string, info: FileInfo): Promise<Ext4Metadata> {
    const xattrs = await this.#source.xattrs(info);
    const label = this.#labels.find(path, kindOf(info));
    if (label !== undefined) xattrs.set(LABEL, this.#value(label));
    return {
      mode: info.mode & 0o7777,
      uid: info.uid,
      gid: info.gid,
      mtime: info.mtimespec,
      atime: info.atimespec,
      ctime: info.ctimespec,
      xattrs,
    };
  }

  /** Adds what is not a folder, and not there already; gives its entry. */
  async add(
    folder: number,
    name: Uint8Array,
    info: FileInfo,
    metadata: Ext4Metadata,
    onBytes: (count: number) => void,
  ): Promise<number> {
    const source = this.#source;
    const writer = this.#writer;
    if (info.isSymlink) {
      return writer.addSymlink(folder, name, await source.readLinkBytes(info), metadata);
    }
    if (!info.isFile) {
      return writer.addSpecial(folder, name, specialOf(info), info.rdev ?? undefined, metadata);
    }
    const ranges = await Array.fromAsync(source.dataRanges(info));
    const entry = writer.addFile(folder, name, metadata, info.size, ranges);
    for (const range of ranges) {
      for await (const chunk of source.read(info, range)) {
        writer.write(chunk);
        onBytes(chunk.length);
        await writer.ready();
      }
    }
    return entry;
  }

  /** A label as it is stored: with the NUL byte that ends it. */
  #value(label: string): Uint8Array<ArrayBuffer> {
    let value = this.#values.get(label);
    if (value === undefined) {
      value = Uint8Array.from(`${label}\0`, (character) => character.charCodeAt(0));
      this.#values.set(label, value);
    }
    return value;
  }
}

function kindOf(info: FileInfo): FileKind {
  if (info.isDirectory) return "d";
  if (info.isSymlink) return "l";
  if (info.isCharDevice) return "c";
  if (info.isBlockDevice) return "b";
  if (info.isFifo) return "p";
  return info.isSocket ? "s" : "-";
}

function specialOf(info: FileInfo): "character-device" | "block-device" | "fifo" | "socket" {
  if (info.isCharDevice) return "character-device";
  if (info.isBlockDevice) return "block-device";
  return info.isFifo ? "fifo" : "socket";
}

/** One character for each byte. */
function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
