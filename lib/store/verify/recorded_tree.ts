import type {
  LayerTarget,
  LayerTime,
  TarDataRange,
  TargetEntry,
  TargetMetadata,
  TargetType,
} from "../../oci/mod.ts";
import { ContentDigest, DIGEST_SIZE } from "./content_digest.ts";
import { ByteArena } from "./byte_arena.ts";
import { modeWithAcl } from "./posix_acl.ts";
import { xattrFacts } from "./xattr_facts.ts";

/** No entry, and no inode. */
export const NONE = 0xffffffff;

const TYPES: readonly TargetType[] = [
  "file",
  "directory",
  "symlink",
  "character-device",
  "block-device",
  "fifo",
  "socket",
];

const ROOT_METADATA: TargetMetadata = {
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
};

/** A column of numbers that grows. */
type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** What the layers say about a file. Hard links share it. */
export interface RecordedFile {
  /** What it is. */
  readonly type: TargetType;
  /** Its permission bits, with those that its ACL demands. */
  readonly mode: number;
  /** The number of its owner. */
  readonly uid: number;
  /** The number of its group. */
  readonly gid: number;
  /** When its content was last changed. */
  readonly mtime: LayerTime;
  /** The size of a file in bytes. */
  readonly size: number;
  /** Its extended attributes as {@linkcode xattrFacts} has them. */
  readonly xattrs: readonly string[];
  /** The target of a symbolic link. */
  readonly target: Uint8Array | undefined;
  /** The numbers of a device. */
  readonly device: { readonly major: number; readonly minor: number } | undefined;
}

/**
 * The tree that layers make, with a digest in place of each file's content. One million entries take about 110 MiB:
 * everything is in columns of numbers.
 */
export class RecordedTree implements LayerTarget {
  readonly root: TargetEntry = 0;

  /** Of each entry: */
  #parents = new Uint32Array(1024);
  #inodes = new Uint32Array(1024);
  #nexts = new Uint32Array(1024);
  #previous = new Uint32Array(1024);
  /** The first entry of a folder. */
  #firsts = new Uint32Array(1024);
  #nameStarts = new Float64Array(1024);
  #nameLengths = new Uint8Array(1024);
  #hashes = new Uint32Array(1024);
  /** The next entry whose hash leads to the same bucket. */
  #chain = new Uint32Array(1024);
  #entryCount = 0;
  #freeEntry = NONE;

  /** Of each inode: */
  #types = new Uint8Array(1024);
  #modes = new Uint16Array(1024);
  #uids = new Uint32Array(1024);
  #gids = new Uint32Array(1024);
  #seconds = new Float64Array(1024);
  #nanoseconds = new Uint32Array(1024);
  #sizes = new Float64Array(1024);
  /** Where a link's target is, or the numbers of a device. */
  #values = new Float64Array(1024);
  #xattrs = new Uint32Array(1024);
  #links = new Uint32Array(1024);
  #digests = new Uint8Array(1024 * DIGEST_SIZE);
  #inodeCount = 0;
  #freeInode = NONE;

  readonly #bytes = new ByteArena();
  #buckets = new Uint32Array(2048).fill(NONE);
  /** Makes it impossible to choose names whose hashes are the same. */
  readonly #seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  /** All sets of extended attributes, each once; the first is empty. */
  readonly #xattrSets: (readonly string[])[] = [[]];
  readonly #xattrIndex = new Map<string, number>();

  readonly #digest = new ContentDigest();
  /** The file whose bytes are to follow, and how many. */
  #file = NONE;
  #left = 0;
  #ranges: readonly TarDataRange[] = [];
  #range = 0;
  #rangeDone = 0;

  constructor() {
    const inode = this.#addInode("directory", ROOT_METADATA);
    this.#entryCount = 1;
    this.#parents[0] = NONE;
    this.#inodes[0] = inode;
    this.#nexts[0] = this.#previous[0] = this.#firsts[0] = NONE;
    this.#links[inode] = 1;
  }

  /** One more than the largest number of an entry. */
  get entryLimit(): number {
    return this.#entryCount;
  }

  /** One more than the largest number of an inode. */
  get inodeLimit(): number {
    return this.#inodeCount;
  }

  /** The inode of an entry. */
  inodeOf(entry: TargetEntry): number {
    return this.#inodes[entry]!;
  }

  /** Whether an inode has more than one name. */
  isLinked(inode: number): boolean {
    return this.#links[inode]! > 1;
  }

  /** What the layers say about an inode. */
  file(inode: number): RecordedFile {
    const type = TYPES[this.#types[inode]!]!;
    const value = this.#values[inode]!;
    const isDevice = type === "character-device" || type === "block-device";
    return {
      type,
      mode: this.#modes[inode]!,
      uid: this.#uids[inode]!,
      gid: this.#gids[inode]!,
      mtime: { seconds: this.#seconds[inode]!, nanoseconds: this.#nanoseconds[inode]! },
      size: this.#sizes[inode]!,
      xattrs: this.#xattrSets[this.#xattrs[inode]!]!,
      target: type === "symlink" ? this.#bytes.get(value, this.#sizes[inode]!) : undefined,
      device: isDevice ? { major: Math.floor(value / 2 ** 32), minor: value % 2 ** 32 } : undefined,
    };
  }

  /** Whether the content of an inode has a digest. */
  hasDigest(inode: number, digest: Uint8Array): boolean {
    const start = inode * DIGEST_SIZE;
    for (let at = 0; at < DIGEST_SIZE; at++) {
      if (this.#digests[start + at] !== digest[at]) return false;
    }
    return true;
  }

  /** The digest of an inode's content, in hexadecimal digits. */
  digest(inode: number): string {
    return this.#digests.subarray(inode * DIGEST_SIZE, (inode + 1) * DIGEST_SIZE).toHex();
  }

  /** The path of an entry, which begins with a slash. */
  pathOf(entry: TargetEntry): Uint8Array<ArrayBuffer> {
    const names: Uint8Array[] = [];
    for (let at = entry; at !== this.root; at = this.#parents[at]!) names.push(this.nameOf(at));
    const path = new Uint8Array(
      Math.max(1, names.reduce((sum, name) => sum + 1 + name.length, 0)),
    );
    path[0] = 0x2f;
    let end = 0;
    for (const name of names.reverse()) {
      path[end] = 0x2f;
      path.set(name, end + 1);
      end += 1 + name.length;
    }
    return path;
  }

  find(folder: TargetEntry, name: Uint8Array): TargetEntry | undefined {
    const hash = this.#hash(folder, name);
    let entry = this.#buckets[hash & this.#buckets.length - 1]!;
    while (entry !== NONE) {
      const isSame = this.#hashes[entry] === hash && this.#parents[entry] === folder &&
        this.#nameLengths[entry] === name.length &&
        this.#bytes.equals(this.#nameStarts[entry]!, name);
      if (isSame) return entry;
      entry = this.#chain[entry]!;
    }
    return undefined;
  }

  typeOf(entry: TargetEntry): TargetType {
    return TYPES[this.#types[this.#inodes[entry]!]!]!;
  }

  nameOf(entry: TargetEntry): Uint8Array {
    return entry === this.root
      ? new Uint8Array()
      : this.#bytes.get(this.#nameStarts[entry]!, this.#nameLengths[entry]!);
  }

  linkTarget(entry: TargetEntry): Uint8Array {
    const inode = this.#inodes[entry]!;
    return this.#bytes.get(this.#values[inode]!, this.#sizes[inode]!);
  }

  *entries(folder: TargetEntry): Generator<TargetEntry> {
    let entry = this.#firsts[folder]!;
    while (entry !== NONE) {
      const next = this.#nexts[entry]!;
      yield entry;
      entry = next;
    }
  }

  addFolder(folder: TargetEntry, name: Uint8Array, metadata: TargetMetadata): TargetEntry {
    return this.#addEntry(folder, name, this.#addInode("directory", metadata));
  }

  addFile(
    folder: TargetEntry,
    name: Uint8Array,
    metadata: TargetMetadata,
    size: number,
    dataRanges: readonly TarDataRange[] = [{ offset: 0, length: size }],
  ): TargetEntry {
    const inode = this.#addInode("file", metadata);
    this.#sizes[inode] = size;
    this.#ranges = dataRanges;
    this.#range = this.#rangeDone = 0;
    this.#left = dataRanges.reduce((sum, { length }) => sum + length, 0);
    this.#file = inode;
    if (this.#left === 0) this.#digest.end(size, this.#digests, inode * DIGEST_SIZE);
    return this.#addEntry(folder, name, inode);
  }

  write(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const range = this.#ranges[this.#range];
      if (range === undefined) throw new TypeError("A file got more bytes than it has");
      const length = Math.min(range.length - this.#rangeDone, bytes.length - at);
      if (length > 0) {
        this.#digest.update(range.offset + this.#rangeDone, bytes.subarray(at, at + length));
      }
      at += length;
      this.#rangeDone += length;
      if (this.#rangeDone === range.length) {
        this.#range++;
        this.#rangeDone = 0;
      }
    }
    this.#left -= bytes.length;
    if (this.#left > 0) return;
    const file = this.#file;
    this.#digest.end(this.#sizes[file]!, this.#digests, file * DIGEST_SIZE);
  }

  addSymlink(
    folder: TargetEntry,
    name: Uint8Array,
    target: Uint8Array,
    metadata: TargetMetadata,
  ): TargetEntry {
    const inode = this.#addInode("symlink", metadata);
    this.#values[inode] = this.#bytes.add(target);
    this.#sizes[inode] = target.length;
    return this.#addEntry(folder, name, inode);
  }

  addSpecial(
    folder: TargetEntry,
    name: Uint8Array,
    type: "character-device" | "block-device" | "fifo" | "socket",
    device: { readonly major: number; readonly minor: number } | undefined,
    metadata: TargetMetadata,
  ): TargetEntry {
    const inode = this.#addInode(type, metadata);
    if (device !== undefined) this.#values[inode] = device.major * 2 ** 32 + device.minor;
    return this.#addEntry(folder, name, inode);
  }

  addLink(folder: TargetEntry, name: Uint8Array, existing: TargetEntry): TargetEntry {
    return this.#addEntry(folder, name, this.#inodes[existing]!);
  }

  setMetadata(entry: TargetEntry, metadata: TargetMetadata): void {
    this.#setMetadata(this.#inodes[entry]!, metadata);
  }

  remove(entry: TargetEntry): void {
    const todo = [entry];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      for (const child of this.entries(next)) todo.push(child);
      this.#removeEntry(next);
    }
  }

  ready(): undefined {}

  #addInode(type: TargetType, metadata: TargetMetadata): number {
    let inode = this.#freeInode;
    if (inode === NONE) {
      inode = this.#inodeCount++;
      if (inode === this.#types.length) this.#growInodes();
    } else {
      this.#freeInode = this.#values[inode]!;
    }
    this.#types[inode] = TYPES.indexOf(type);
    this.#sizes[inode] = this.#values[inode] = this.#links[inode] = 0;
    this.#setMetadata(inode, metadata);
    return inode;
  }

  #setMetadata(inode: number, metadata: TargetMetadata): void {
    const { mode, uid, gid, mtime, xattrs } = metadata;
    this.#modes[inode] = modeWithAcl(mode, xattrs);
    this.#uids[inode] = uid;
    this.#gids[inode] = gid;
    this.#seconds[inode] = mtime.seconds;
    this.#nanoseconds[inode] = mtime.nanoseconds;
    this.#xattrs[inode] = xattrs === undefined || xattrs.size === 0
      ? 0
      : this.#xattrSet(xattrFacts(xattrs, TYPES[this.#types[inode]!]!));
  }

  #xattrSet(facts: readonly string[]): number {
    if (facts.length === 0) return 0;
    const key = facts.join("\n");
    let index = this.#xattrIndex.get(key);
    if (index === undefined) {
      index = this.#xattrSets.push(facts) - 1;
      this.#xattrIndex.set(key, index);
    }
    return index;
  }

  #addEntry(folder: TargetEntry, name: Uint8Array, inode: number): TargetEntry {
    let entry = this.#freeEntry;
    if (entry === NONE) {
      entry = this.#entryCount++;
      if (entry === this.#parents.length) this.#growEntries();
    } else {
      this.#freeEntry = this.#nexts[entry]!;
    }
    const hash = this.#hash(folder, name);
    const bucket = hash & this.#buckets.length - 1;
    const first = this.#firsts[folder]!;
    this.#parents[entry] = folder;
    this.#inodes[entry] = inode;
    this.#firsts[entry] = this.#previous[entry] = NONE;
    this.#nexts[entry] = first;
    if (first !== NONE) this.#previous[first] = entry;
    this.#firsts[folder] = entry;
    this.#nameStarts[entry] = this.#bytes.add(name);
    this.#nameLengths[entry] = name.length;
    this.#hashes[entry] = hash;
    this.#chain[entry] = this.#buckets[bucket]!;
    this.#buckets[bucket] = entry;
    this.#links[inode]!++;
    return entry;
  }

  #removeEntry(entry: TargetEntry): void {
    const next = this.#nexts[entry]!;
    const previous = this.#previous[entry]!;
    if (previous === NONE) this.#firsts[this.#parents[entry]!] = next;
    else this.#nexts[previous] = next;
    if (next !== NONE) this.#previous[next] = previous;

    const bucket = this.#hashes[entry]! & this.#buckets.length - 1;
    if (this.#buckets[bucket] === entry) {
      this.#buckets[bucket] = this.#chain[entry]!;
    } else {
      let before = this.#buckets[bucket]!;
      while (this.#chain[before] !== entry) before = this.#chain[before]!;
      this.#chain[before] = this.#chain[entry]!;
    }
    const inode = this.#inodes[entry]!;
    this.#links[inode]!--;
    if (this.#links[inode] === 0) {
      this.#values[inode] = this.#freeInode;
      this.#freeInode = inode;
    }
    this.#nexts[entry] = this.#freeEntry;
    this.#freeEntry = entry;
  }

  /** MurmurHash3's steps, byte by byte. */
  #hash(folder: TargetEntry, name: Uint8Array): number {
    let hash = this.#seed ^ Math.imul(folder, 0xcc9e2d51);
    for (let at = 0; at < name.length; at++) {
      hash = Math.imul(hash ^ name[at]!, 0x5bd1e995);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
    hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
    return (hash ^ hash >>> 16) >>> 0;
  }

  #growEntries(): void {
    this.#parents = grown(this.#parents);
    this.#inodes = grown(this.#inodes);
    this.#nexts = grown(this.#nexts);
    this.#previous = grown(this.#previous);
    this.#firsts = grown(this.#firsts);
    this.#nameStarts = grown(this.#nameStarts);
    this.#nameLengths = grown(this.#nameLengths);
    this.#hashes = grown(this.#hashes);
    this.#chain = grown(this.#chain);
    // All numbers have been given out, and what is free now is the new half.
    const buckets = new Uint32Array(2 ** Math.ceil(Math.log2(this.#parents.length)))
      .fill(NONE);
    for (let at = 0; at < this.#buckets.length; at++) {
      let entry = this.#buckets[at]!;
      while (entry !== NONE) {
        const next = this.#chain[entry]!;
        const bucket = this.#hashes[entry]! & buckets.length - 1;
        this.#chain[entry] = buckets[bucket]!;
        buckets[bucket] = entry;
        entry = next;
      }
    }
    this.#buckets = buckets;
  }

  #growInodes(): void {
    this.#types = grown(this.#types);
    this.#modes = grown(this.#modes);
    this.#uids = grown(this.#uids);
    this.#gids = grown(this.#gids);
    this.#seconds = grown(this.#seconds);
    this.#nanoseconds = grown(this.#nanoseconds);
    this.#sizes = grown(this.#sizes);
    this.#values = grown(this.#values);
    this.#xattrs = grown(this.#xattrs);
    this.#links = grown(this.#links);
    const digests = new Uint8Array(this.#types.length * DIGEST_SIZE);
    digests.set(this.#digests);
    this.#digests = digests;
  }
}

function grown<Of extends Column>(column: Of): Of {
  const Kind = column.constructor as new (length: number) => Of;
  const larger = new Kind(column.length + Math.max(column.length >> 1, 1024));
  larger.set(column);
  return larger;
}
