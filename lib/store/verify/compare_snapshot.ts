import { hasCode } from "../../error/mod.ts";
import {
  Corrupt,
  type Ext4,
  type FileInfo,
  type Incompatible,
  type WalkEntry,
} from "../../ext4/mod.ts";
import type { LayerTime, TargetEntry, TargetType } from "../../oci/mod.ts";
import { ContentDigest, DIGEST_SIZE } from "./content_digest.ts";
import { InodeNumbers } from "./inode_numbers.ts";
import { NONE, type RecordedFile, type RecordedTree } from "./recorded_tree.ts";
import type { FindingAspect, FindingKind, SnapshotFinding } from "./snapshot_finding.ts";
import { ACLS } from "./posix_acl.ts";
import { sameTime } from "./same_time.ts";
import { xattrFacts } from "./xattr_facts.ts";

/** How many faults are kept: nobody reads more, and an image could have millions of them made. */
const MAX_FINDINGS = 100_000;

/** No program can use a longer path, so that what is below it is not told one by one. */
const MAX_PATH = 4096;

/** A file of up to this size is read at once. */
const SMALL_FILE = 1 << 18;

const ROOT_INO = 2;
/** That of `lost+found`, as every program makes it. */
const LOST_FOUND_INO = 11;
const LOST_FOUND = "/lost+found";

const EXT4_OS_FREEBSD = 3;
const EXT4_EA_INODE_FL = 0x200000;
const EXT4_ACL_VERSION = 1;
/** With more subfolders, a folder's link count is 1 under the feature `dir_nlink`. */
const MAX_LINKS = 65000;

/** What a comparison takes besides. */
export interface CompareOptions {
  /** Ends it with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Is told now and then how far it is. */
  readonly onEntries?: ((entries: number) => void) | undefined;
}

/** What a comparison found. */
export interface Comparison {
  /** The faults, in the order in which they were found. */
  readonly findings: readonly SnapshotFinding[];
  /** How many more there are. */
  readonly omitted: number;
  /** How many names the snapshot has. */
  readonly entries: number;
  /** How many times are not exact because Apple's writer rounds them, and leaves out that of the root. */
  readonly inexactTimes: number;
}

/** Compares the tree of a filesystem with the one that layers make; without it, only with itself. */
export async function compareSnapshot(
  filesystem: Ext4,
  tree: RecordedTree | undefined,
  options: CompareOptions = {},
): Promise<Comparison> {
  return await new SnapshotComparison(filesystem, tree).run(options);
}

/** A folder on the way from the root to the current name. */
interface Level {
  readonly path: string;
  readonly ino: number;
  readonly entry: TargetEntry | undefined;
}

class SnapshotComparison {
  readonly #filesystem: Ext4;
  readonly #tree: RecordedTree | undefined;
  /** Whether the filesystem was made by Apple's writer. */
  readonly #isApples: boolean;
  readonly #findings: SnapshotFinding[] = [];
  #omitted = 0;
  #inexactTimes = 0;
  /** How many bytes of files may still be read: more than the filesystem has are not in it. */
  #unread: number;
  /** How many names lead to an inode of the snapshot; of a folder, how many folders are in it. */
  readonly #names = new InodeNumbers();
  readonly #subfolders = new InodeNumbers();
  /** By inode of the snapshot: the recorded inode that it was first compared with, plus one. */
  readonly #recorded = new InodeNumbers();
  /** By recorded inode: the entry by which it was first found, and the inode of the snapshot there. */
  readonly #firstEntry: Uint32Array;
  readonly #firstIno: Uint32Array;
  /** By recorded entry: whether the snapshot has the name. */
  readonly #isFound: Uint8Array;
  /** The paths that only the snapshot has, to find those that it has twice. */
  readonly #extras = new Set<string>();
  /** By inode: the finding that still lacks its path. */
  readonly #miscounted = new Map<number, SnapshotFinding>();
  readonly #digest = new ContentDigest();
  readonly #digestBytes = new Uint8Array(DIGEST_SIZE);

  constructor(filesystem: Ext4, tree: RecordedTree | undefined) {
    this.#filesystem = filesystem;
    this.#tree = tree;
    const { superblock } = filesystem;
    this.#unread = superblock.s_blocks_count * superblock.blockSize;
    this.#isApples = superblock.s_creator_os === EXT4_OS_FREEBSD;
    this.#firstEntry = new Uint32Array(tree?.inodeLimit ?? 0).fill(NONE);
    this.#firstIno = new Uint32Array(tree?.inodeLimit ?? 0);
    this.#isFound = new Uint8Array(tree?.entryLimit ?? 0);
  }

  async run({ signal, onEntries }: CompareOptions): Promise<Comparison> {
    const levels: Level[] = [];
    let entries = 0;
    for await (const entry of this.#filesystem.walk("/")) {
      signal?.throwIfAborted();
      if (++entries % 1000 === 0) onEntries?.(entries);
      levels.length = Math.min(levels.length, entry.depth + 1);
      await this.#takeName(entry, levels);
    }
    onEntries?.(entries);
    this.#findLost();
    for await (const info of this.#filesystem.inodes()) {
      signal?.throwIfAborted();
      this.#checkInode(info);
    }
    await this.#findPaths();
    return {
      findings: this.#findings,
      omitted: this.#omitted,
      entries,
      inexactTimes: this.#inexactTimes,
    };
  }

  async #takeName(name: WalkEntry, levels: Level[]): Promise<void> {
    const { depth, path, error } = name;
    const parent = depth === 0 ? undefined : levels[depth - 1];
    if (error !== undefined) {
      const level = levels[depth];
      const ino = inodeOf(error);
      // A folder comes again if its names could not all be read.
      if (level !== undefined && level.path === path && (ino ?? level.ino) === level.ino) {
        this.#add("dead", name, { inode: level.ino, found: error.message });
        return;
      }
    }
    levels.length = depth;
    const entry = depth === 0
      ? this.#tree?.root
      : parent?.entry === undefined
      ? undefined
      : this.#tree?.find(parent.entry, name.nameBytes);
    const isNew = this.#isNew(name, entry);
    if (error !== undefined) return this.#takeError(name, error, entry, isNew);
    const { info } = name;
    if (!isNew) this.#add("doubled", name, { inode: info.ino });
    this.#names.add(info.ino, 1);
    if (info.isDirectory) {
      if (parent !== undefined) this.#subfolders.add(parent.ino, 1);
      levels.push({ path, ino: info.ino, entry: isNew ? entry : undefined });
      await this.#checkNames(name, info, parent?.ino ?? info.ino);
    }
    if (!isNew) return;
    if (entry !== undefined) return await this.#compare(name, info, entry);
    if (this.#tree !== undefined && !isLostFound(path, info)) {
      this.#add("extra", name, { inode: info.ino, found: typeOf(info) });
    }
    await this.#tryToRead(name, info, async () => void await this.#xattrs(name, info));
  }

  /** Does what reads an inode, and takes note if it cannot be read. */
  async #tryToRead(name: WalkEntry, info: FileInfo, read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (error) {
      if (!hasCode(error, "corrupt-filesystem", "incompatible-filesystem")) throw error;
      this.#add("dead", name, { inode: info.ino, found: error.message });
    }
  }

  #isNew({ path }: WalkEntry, entry: TargetEntry | undefined): boolean {
    if (entry !== undefined) {
      const isNew = this.#isFound[entry] === 0;
      this.#isFound[entry] = 1;
      return isNew;
    }
    // Without layers every path would have to be remembered: the names of a folder are looked at by themselves.
    if (this.#tree === undefined || this.#extras.has(path)) return this.#tree === undefined;
    if (this.#extras.size < MAX_FINDINGS) this.#extras.add(path);
    return true;
  }

  #takeError(
    name: WalkEntry,
    error: Corrupt | Incompatible,
    entry: TargetEntry | undefined,
    isNew: boolean,
  ): void {
    const ino = inodeOf(error);
    const inode = ino === null ? {} : { inode: ino };
    const isTwice = !isNew || ("kind" in error && error.kind === "directory");
    const expected = entry === undefined ? {} : { expected: this.#tree!.typeOf(entry) as string };
    this.#add(isTwice ? "doubled" : "dead", name, { ...inode, ...expected, found: error.message });
  }

  /** Checks where `.` and `..` lead and, if no layers say which names there are, whether one is there twice. */
  async #checkNames(name: WalkEntry, info: FileInfo, parent: number): Promise<void> {
    const wanted = new Map([[".", info.ino], ["..", parent]]);
    const seen = new Set<string>();
    const start = name.path === "/" ? "/" : `${name.path}/`;
    try {
      for await (const entry of this.#filesystem.readDir(info, { dots: true })) {
        const { name: dots, ino } = entry;
        const right = wanted.get(dots);
        if (right === undefined) {
          if (this.#tree !== undefined) continue;
          const key = dots.includes("\ufffd") ? entry.nameBytes.toHex() + "/" : dots;
          if (seen.has(key)) this.#addFinding({ kind: "doubled", path: start + dots, inode: ino });
          seen.add(key);
          continue;
        }
        if (!seen.has(dots) && ino === right) {
          seen.add(dots);
          continue;
        }
        if (ino !== right) {
          // What only such a name leads to is not unattached too.
          this.#names.add(ino, 1);
          if (entry.isDirectory) this.#subfolders.add(info.ino, 1);
        }
        this.#addFinding({
          kind: "doubled",
          path: start + dots,
          inode: ino,
          expected: `inode ${right}`,
          found: `${seen.has(dots) ? "again, " : ""}inode ${ino}`,
        });
        seen.add(dots);
      }
    } catch (error) {
      // The walk says so too.
      if (!hasCode(error, "corrupt-filesystem", "incompatible-filesystem")) throw error;
    }
  }

  async #compare(name: WalkEntry, info: FileInfo, entry: TargetEntry): Promise<void> {
    const tree = this.#tree!;
    const recorded = tree.inodeOf(entry);
    const file = tree.file(recorded);
    const differ: Differ = (aspect, expected, found) =>
      this.#add("different", name, { inode: info.ino, aspect, expected, found });

    const type = typeOf(info);
    if (type !== file.type) {
      differ("type", file.type, type);
      return;
    }
    const isFirst = this.#compareLinks(info, recorded, entry, differ);
    if (!isFirst) return;
    if ((info.mode & 0o7777) !== file.mode) {
      differ("mode", octal(file.mode), octal(info.mode & 0o7777));
    }
    if (info.uid !== file.uid || info.gid !== file.gid) {
      differ("owner", `${file.uid}:${file.gid}`, `${info.uid}:${info.gid}`);
    }
    this.#compareTimes(info, file, differ);
    if (file.device !== undefined) {
      const expected = `${file.device.major}:${file.device.minor}`;
      const found = info.rdev === null ? "none" : `${info.rdev.major}:${info.rdev.minor}`;
      if (expected !== found) differ("device", expected, found);
    }
    await this.#tryToRead(name, info, async () => {
      if (file.target !== undefined) {
        const target = await this.#filesystem.readLinkBytes(info);
        if (!equal(file.target, target)) differ("target", text(file.target), text(target));
      }
      compareXattrs(file, await this.#xattrs(name, info), differ);
      if (file.type === "file") await this.#compareContent(info, file, recorded, differ);
    });
  }

  /** Compares which names are one file. Returns whether this is the first name of it. */
  #compareLinks(
    { ino, isDirectory }: FileInfo,
    recorded: number,
    entry: TargetEntry,
    differ: Differ,
  ): boolean {
    if (isDirectory) return true;
    const tree = this.#tree!;
    const pathOf = (other: number) => text(tree.pathOf(this.#firstEntry[other]!));
    const first = this.#firstIno[recorded]!;
    const other = this.#recorded.get(ino) - 1;
    if (first === 0) {
      this.#firstIno[recorded] = ino;
      this.#firstEntry[recorded] = entry;
    } else if (first !== ino) {
      differ("hard link", `the same file as ${pathOf(recorded)}`, "a file of its own");
    }
    if (other < 0) {
      this.#recorded.set(ino, recorded + 1);
    } else if (other !== recorded) {
      differ("hard link", "a file of its own", `the same file as ${pathOf(other)}`);
    }
    return first === 0 || first !== ino;
  }

  #compareTimes(
    { ino, mtimespec, isDirectory }: FileInfo,
    { mtime }: RecordedFile,
    differ: Differ,
  ): void {
    // A folder that no layer describes has no time.
    if (isDirectory && mtime.seconds === 0 && mtime.nanoseconds === 0) return;
    const same = sameTime(mtime, mtimespec);
    if (same === "exact") return;
    if (this.#isApples && (same === "rounded" || ino === ROOT_INO)) {
      this.#inexactTimes++;
      return;
    }
    differ("mtime", timeText(mtime), timeText(mtimespec));
  }

  async #compareContent(
    info: FileInfo,
    { size }: RecordedFile,
    recorded: number,
    differ: Differ,
  ): Promise<void> {
    if (info.size !== size) {
      differ("size", bytes(size), bytes(info.size));
      return;
    }
    const filesystem = this.#filesystem;
    if (size === 0) return;
    try {
      if (size <= SMALL_FILE) {
        this.#takeFromUnread(size);
        this.#digest.update(0, await filesystem.readFile(info));
      } else {
        for await (const range of filesystem.dataRanges(info)) {
          let { offset } = range;
          this.#takeFromUnread(range.length);
          for await (const chunk of filesystem.read(info, range)) {
            this.#digest.update(offset, chunk);
            offset += chunk.length;
          }
        }
      }
    } finally {
      // Whatever comes next begins with nothing.
      this.#digest.end(size, this.#digestBytes, 0);
    }
    if (this.#tree!.hasDigest(recorded, this.#digestBytes)) return;
    differ(
      "content",
      `digest ${this.#tree!.digest(recorded)}`,
      `digest ${this.#digestBytes.toHex()}`,
    );
  }

  /** Blocks that files share could be read again and again. */
  #takeFromUnread(size: number): void {
    this.#unread -= size;
    if (this.#unread < 0) {
      throw new Corrupt("image", "its files have more content than it has room for");
    }
  }

  /** The extended attributes of an inode. The kernel refuses to read an ACL that is stored in the form that programs see. */
  async #xattrs(name: WalkEntry, info: FileInfo): Promise<ReadonlyMap<string, Uint8Array>> {
    const xattrs = await this.#filesystem.xattrs(info);
    if (!ACLS.some((acl) => xattrs.has(acl))) return xattrs;
    const stored = await this.#filesystem.xattrs(info, { stored: true });
    for (const acl of ACLS) {
      const value = stored.get(acl);
      if (value === undefined) continue;
      const version = value.length < 4 ? 0 : new DataView(value.buffer).getUint32(0, true);
      if (version === EXT4_ACL_VERSION) continue;
      this.#add("different", name, {
        inode: info.ino,
        aspect: "acl encoding",
        expected: `${acl} in ext4's encoding (version ${EXT4_ACL_VERSION})`,
        found: `version ${version}, which the kernel cannot read`,
      });
    }
    return xattrs;
  }

  /** Finds what has no name in the snapshot. */
  #findLost(): void {
    const tree = this.#tree;
    if (tree === undefined) return;
    const todo = [tree.root];
    for (let folder = todo.pop(); folder !== undefined; folder = todo.pop()) {
      for (const entry of tree.entries(folder)) {
        const isFolder = tree.typeOf(entry) === "directory";
        if (this.#isFound[entry] !== 0) {
          if (isFolder) todo.push(entry);
          continue;
        }
        if (this.#findings.length === MAX_FINDINGS) {
          this.#omitted++;
          if (isFolder) todo.push(entry);
          continue;
        }
        const path = tree.pathOf(entry);
        if (isFolder && path.length <= MAX_PATH) todo.push(entry);
        this.#addFinding({
          kind: "lost",
          ...pathFacts(text(path), path),
          expected: tree.typeOf(entry),
        });
      }
    }
  }

  /** Compares the link count of an inode with its names. */
  #checkInode(info: FileInfo): void {
    const { superblock } = this.#filesystem;
    const { ino, nlink, isDirectory } = info;
    const isOwn = ino < superblock.s_first_ino || ino === superblock.s_orphan_file_inum ||
      ino === superblock.s_prj_quota_inum || (info.flags & EXT4_EA_INODE_FL) !== 0;
    const names = this.#names.get(ino);
    if (names === 0) {
      if (isOwn) return;
      this.#addFinding({
        kind: "unattached",
        inode: ino,
        found: `${typeOf(info)}, ${bytes(info.size)}`,
      });
      return;
    }
    const links = isDirectory ? 2 + this.#subfolders.get(ino) : names;
    const isUncounted = isDirectory && nlink === 1 && links > MAX_LINKS;
    if (nlink === links || isUncounted) return;
    this.#miscounted.set(ino, {
      kind: "different",
      inode: ino,
      aspect: "link count",
      expected: `${links}`,
      found: `${nlink}`,
    });
  }

  /** Finds a path for each inode whose links were counted wrong. */
  async #findPaths(): Promise<void> {
    const miscounted = this.#miscounted;
    if (miscounted.size === 0) return;
    for await (const { info, path, pathBytes } of this.#filesystem.walk("/")) {
      const finding = info && miscounted.get(info.ino);
      if (finding === undefined) continue;
      this.#addFinding({ ...finding, ...pathFacts(path, pathBytes) });
      miscounted.delete(info!.ino);
      if (miscounted.size === 0) return;
    }
    // The name was `.` or `..`.
    miscounted.forEach((finding) => this.#addFinding(finding));
  }

  #addFinding(finding: SnapshotFinding): void {
    if (this.#findings.length < MAX_FINDINGS) this.#findings.push(finding);
    else this.#omitted++;
  }

  #add(
    kind: FindingKind,
    { path, pathBytes }: WalkEntry,
    facts: Omit<SnapshotFinding, "kind" | "path">,
  ): void {
    this.#addFinding({ kind, ...pathFacts(path, pathBytes), ...facts });
  }
}

type Differ = (aspect: FindingAspect, expected: string, found: string) => void;

function compareXattrs(
  { type, xattrs }: RecordedFile,
  actual: ReadonlyMap<string, Uint8Array>,
  differ: Differ,
): void {
  if (xattrs.length === 0 && actual.size === 0) return;
  const found = xattrFacts(actual, type);
  const missing = xattrs.filter((fact) => !found.includes(fact));
  const more = found.filter((fact) => !xattrs.includes(fact));
  const names = new Set([...missing, ...more].map((fact) => fact.slice(0, fact.indexOf("="))));
  for (const name of names) {
    const valueIn = (facts: readonly string[]) =>
      facts.find((fact) => fact.startsWith(`${name}=`)) ?? `no ${name}`;
    differ("xattr", valueIn(missing), valueIn(more));
  }
}

function inodeOf(error: Corrupt | Incompatible): number | null {
  return "inode" in error ? error.inode : null;
}

/** `lost+found`, which every filesystem has for `fsck`. */
function isLostFound(path: string, { ino }: FileInfo): boolean {
  return path === LOST_FOUND && ino === LOST_FOUND_INO;
}

function pathFacts(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
): Pick<SnapshotFinding, "path" | "pathBytes"> {
  return path.includes("\ufffd") ? { path, pathBytes: bytes.toBase64() } : { path };
}

function typeOf(info: FileInfo): TargetType {
  if (info.isFile) return "file";
  if (info.isDirectory) return "directory";
  if (info.isSymlink) return "symlink";
  if (info.isCharDevice) return "character-device";
  if (info.isBlockDevice) return "block-device";
  return info.isFifo ? "fifo" : "socket";
}

function bytes(size: number): string {
  return `${size} ${size === 1 ? "byte" : "bytes"}`;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function equal(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function timeText({ seconds, nanoseconds }: LayerTime): string {
  return `${seconds}.${String(nanoseconds).padStart(9, "0")}`;
}
