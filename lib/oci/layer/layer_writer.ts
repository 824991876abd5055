import { freeMemory } from "./free_memory.ts";
import { LayerFault } from "./layer_fault.ts";
import type { LayerMember, LayerVisitor } from "./layer_member.ts";
import type { LayerTarget, TargetEntry, TargetMetadata } from "./layer_target.ts";
import { cleanPath, isDot, isDotDot, splitPath } from "./split_path.ts";

/** What the kernel follows. */
const MAX_LINKS = 40;
/** How many names of symbolic links' targets are followed for one path. */
const MAX_LINK_NAMES = 4096;
/** That of Linux's filesystems, nearly all of them. */
const MAX_NAME = 255;
const MAX_SYMLINK = 4095;
const MAX_MEMBERS = 2 ** 24;

const SLASH = 0x2f;
const WHITEOUT = Uint8Array.from(".wh.", (letter) => letter.charCodeAt(0));
const WHITEOUT_META = Uint8Array.from(".wh..wh.", (letter) => letter.charCodeAt(0));
const OPAQUE = Uint8Array.from(".wh..wh..opq", (letter) => letter.charCodeAt(0));

/** A member of the current layer is here, or below. */
const TOUCHED = 1;
/** The current layer has a member for it. */
const GIVEN = 2;
/** Nothing of lower layers is in this folder any more. */
const CLEARED = 4;
const MARK_BITS = 3;

/** Of a folder that no layer describes. */
const MISSING_FOLDER: TargetMetadata = {
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
};

/**
 * Puts the members of layers into a filesystem.
 *
 * A whiteout is for lower layers only, wherever it is in its own. So each entry has a mark that says whether the
 * current layer has made or entered it.
 */
export class LayerWriter implements LayerVisitor {
  readonly #target: LayerTarget;
  /** By entry: the number of the layer that marked it last, and its mark. */
  #marks = new Uint32Array(1 << 12);
  #layer = 0;
  #members = 0;
  /** The folder of the last member. */
  #folder: TargetEntry = 0;
  /** That folder's path as the archive has it; none if the folder may have changed since. */
  #folderPath: Uint8Array | undefined;

  /** Begins with no layer. */
  constructor(target: LayerTarget) {
    this.#target = target;
  }

  /** Begins the next layer. */
  beginLayer(): void {
    if (this.#layer === 0) this.#target.setMetadata(this.#target.root, MISSING_FOLDER);
    this.#layer++;
    this.#folderPath = undefined;
  }

  /** A promise to wait for, if the disk is behind. */
  ready(): Promise<void> | undefined {
    return this.#target.ready();
  }

  /** Takes the next bytes of a file. */
  data(bytes: Uint8Array): void {
    this.#target.write(bytes);
  }

  /** Takes a member. */
  member(member: LayerMember): boolean {
    if (++this.#members > MAX_MEMBERS) {
      throw new LayerFault("too-many-members", `the image has more than ${MAX_MEMBERS} members`);
    }
    // Nearly every member is in the folder of the one before.
    const { path } = member;
    const slash = path.lastIndexOf(SLASH);
    const folderPath = this.#folderPath;
    if (folderPath !== undefined && isPathOf(folderPath, path, slash)) {
      const name = path.subarray(slash + 1);
      if (isPlain(name)) return this.#put(this.#folder, name, member);
    }
    const names = cleanPath(path);
    if (names.length === 0) return this.#putRoot(member);
    const whiteout = names.findIndex((name) => startsWith(name, WHITEOUT));
    if (whiteout >= 0) {
      this.#takeWhiteout(names, whiteout);
      return false;
    }
    const name = names.pop()!;
    this.#folder = this.#makeFolder(names);
    // Of a path that ends in `..`, the last part is not the name.
    this.#folderPath = slash >= 0 && isPlain(path.subarray(slash + 1))
      ? path.subarray(0, slash)
      : undefined;
    return this.#put(this.#folder, name, member);
  }

  #putRoot(member: LayerMember): boolean {
    if (member.type !== "directory") {
      throw new LayerFault(
        "root-not-a-folder",
        `its path is that of the root, and it is no folder`,
      );
    }
    const { root } = this.#target;
    this.#target.setMetadata(root, metadataOf(member));
    this.#mark(root, TOUCHED | GIVEN);
    return false;
  }

  #put(folder: TargetEntry, name: Uint8Array, member: LayerMember): boolean {
    const target = this.#target;
    checkLength(name);
    const existing = target.find(folder, name);
    const { type } = member;
    if (type === "link") {
      this.#putLink(folder, name, member, existing);
      return false;
    }
    const { linkPath } = member;
    if (type === "symlink") checkSymlink(linkPath!);
    if (existing !== undefined) {
      if (type === "directory" && target.typeOf(existing) === "directory") {
        target.setMetadata(existing, metadataOf(member));
        this.#mark(existing, TOUCHED | GIVEN);
        return false;
      }
      this.#remove(existing);
    }
    const metadata = metadataOf(member);
    let entry: TargetEntry;
    switch (type) {
      case "directory":
        entry = target.addFolder(folder, name, metadata);
        break;
      case "file":
        entry = target.addFile(folder, name, metadata, member.size, member.dataRanges);
        break;
      case "symlink":
        entry = target.addSymlink(folder, name, linkPath!, metadata);
        break;
      default:
        entry = target.addSpecial(folder, name, type, member.device, metadata);
    }
    this.#markNew(entry, TOUCHED | GIVEN | CLEARED);
    return type === "file";
  }

  #putLink(
    folder: TargetEntry,
    name: Uint8Array,
    member: LayerMember,
    existing: TargetEntry | undefined,
  ): void {
    const target = this.#target;
    // What a folder takes with it cannot be linked to.
    if (existing !== undefined && target.typeOf(existing) === "directory") {
      this.#remove(existing);
      existing = undefined;
    }
    const linked = this.#find(cleanPath(member.linkPath!));
    if (linked === undefined) {
      throw new LayerFault(
        "link-without-target",
        "it is a hard link to something that is not there",
      );
    }
    if (target.typeOf(linked) === "directory") {
      throw new LayerFault("link-to-a-folder", "it is a hard link to a folder");
    }
    if (linked === existing) {
      this.#mark(linked, TOUCHED | GIVEN);
      return;
    }
    if (existing !== undefined) this.#remove(existing);
    this.#markNew(target.addLink(folder, name, linked), TOUCHED | GIVEN);
  }

  #takeWhiteout(names: Uint8Array[], index: number): void {
    const name = names[index]!;
    const isLast = index === names.length - 1;
    const isOpaque = isLast && equal(name, OPAQUE);
    // What AUFS kept for itself.
    if (startsWith(name, WHITEOUT_META) && !isOpaque) return;
    if (!isLast) throw new LayerFault("bad-whiteout", "a whiteout is a folder on its path");
    const hidden = name.subarray(WHITEOUT.length);
    if (!isOpaque && (hidden.length === 0 || isDot(hidden) || isDotDot(hidden))) {
      throw new LayerFault("bad-whiteout", "it is a whiteout of no name");
    }
    const folder = this.#walk(names.slice(0, -1), false);
    if (folder === undefined) return;
    if (isOpaque) return this.#clear(folder);
    const entry = this.#target.find(folder, hidden);
    if (entry !== undefined) this.#hide(entry);
  }

  /** Removes what lower layers have put there. */
  #hide(entry: TargetEntry): void {
    const marks = this.#marksOf(entry);
    if ((marks & TOUCHED) === 0) return this.#remove(entry);
    if (this.#target.typeOf(entry) !== "directory") return;
    if ((marks & GIVEN) === 0) this.#target.setMetadata(entry, MISSING_FOLDER);
    this.#clear(entry);
  }

  /** Removes what lower layers have put into a folder. */
  #clear(folder: TargetEntry): void {
    const target = this.#target;
    const todo = [folder];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      if ((this.#marksOf(next) & CLEARED) !== 0) continue;
      this.#mark(next, CLEARED);
      for (const entry of target.entries(next)) {
        const marks = this.#marksOf(entry);
        if ((marks & TOUCHED) === 0) {
          this.#remove(entry);
        } else if (target.typeOf(entry) === "directory") {
          if ((marks & GIVEN) === 0) target.setMetadata(entry, MISSING_FOLDER);
          todo.push(entry);
        }
      }
    }
  }

  #remove(entry: TargetEntry): void {
    const type = this.#target.typeOf(entry);
    if (type === "directory" || type === "symlink") this.#folderPath = undefined;
    this.#target.remove(entry);
  }

  /** The entry of a path, whose last name is not followed. */
  #find(names: Uint8Array[]): TargetEntry | undefined {
    const name = names.pop();
    if (name === undefined) return this.#target.root;
    const folder = this.#walk(names, false);
    return folder === undefined ? undefined : this.#target.find(folder, name);
  }

  #makeFolder(names: readonly Uint8Array[]): TargetEntry {
    return this.#walk(names, true)!;
  }

  /** Goes from the root down to a folder, through symbolic links, and makes what is missing. */
  #walk(names: readonly Uint8Array[], isMade: boolean): TargetEntry | undefined {
    const target = this.#target;
    const way = [target.root];
    const todo = names.toReversed();
    let links = 0;
    let linkNames = 0;
    for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
      if (isDot(name)) continue;
      if (isDotDot(name)) {
        if (way.length > 1) way.pop();
        continue;
      }
      const folder = way[way.length - 1]!;
      let entry = target.find(folder, name);
      const type = entry === undefined ? undefined : target.typeOf(entry);
      if (type === "symlink") {
        const link = target.linkTarget(entry!);
        const linked = splitPath(link);
        linkNames += linked.length;
        if (++links > MAX_LINKS || linkNames > MAX_LINK_NAMES) {
          throw new LayerFault("symlink-loop", "its path goes through too many symbolic links");
        }
        if (link[0] === SLASH) way.length = 1;
        todo.push(...linked.toReversed());
        continue;
      }
      if (type !== "directory") {
        if (!isMade) return undefined;
        checkLength(name);
        if (entry !== undefined) {
          if (links > 0 || (this.#marksOf(entry) & TOUCHED) !== 0) {
            throw new LayerFault(
              "below-a-file",
              "its path goes through something that is no folder",
            );
          }
          this.#remove(entry);
        }
        entry = target.addFolder(folder, name, MISSING_FOLDER);
        this.#markNew(entry, TOUCHED | CLEARED);
      }
      way.push(entry!);
    }
    if (isMade) { for (const entry of way) this.#mark(entry, TOUCHED); }
    return way[way.length - 1];
  }

  #marksOf(entry: TargetEntry): number {
    const marks = this.#marks[entry] ?? 0;
    return marks >>> MARK_BITS === this.#layer ? marks & (1 << MARK_BITS) - 1 : 0;
  }

  #mark(entry: TargetEntry, marks: number): void {
    this.#markNew(entry, this.#marksOf(entry) | marks);
  }

  /** Marks an entry whose number may have been another one's. */
  #markNew(entry: TargetEntry, marks: number): void {
    if (entry >= this.#marks.length) {
      const larger = new Uint32Array(2 ** Math.ceil(Math.log2(entry + 1)));
      larger.set(this.#marks);
      freeMemory(this.#marks);
      this.#marks = larger;
    }
    this.#marks[entry] = this.#layer << MARK_BITS | marks;
  }
}

function metadataOf(
  { type, mode, uid, gid, mtime, atime, ctime, xattrs }: LayerMember,
): TargetMetadata {
  // The kernel knows no other mode of a symbolic link.
  return { mode: type === "symlink" ? 0o777 : mode, uid, gid, mtime, atime, ctime, xattrs };
}

/** Whether `folder` is the part of `path` before its last slash. */
function isPathOf(folder: Uint8Array, path: Uint8Array, slash: number): boolean {
  if (folder.length !== slash) return false;
  // Folders next to each other differ at their end.
  for (let at = slash - 1; at >= 0; at--) if (folder[at] !== path[at]) return false;
  return true;
}

/** Whether a name is just that: neither a step, nor a whiteout. */
function isPlain(name: Uint8Array): boolean {
  return name.length > 0 && !isDot(name) && !isDotDot(name) && !startsWith(name, WHITEOUT);
}

function startsWith(name: Uint8Array, start: Uint8Array): boolean {
  if (name.length < start.length) return false;
  for (let at = 0; at < start.length; at++) if (name[at] !== start[at]) return false;
  return true;
}

function equal(name: Uint8Array, other: Uint8Array): boolean {
  return name.length === other.length && startsWith(name, other);
}

function checkLength(name: Uint8Array): void {
  if (name.length > MAX_NAME) {
    throw new LayerFault("name-too-long", `a name on its path has ${name.length} bytes`);
  }
}

function checkSymlink(linkPath: Uint8Array): void {
  if (linkPath.length === 0) throw new LayerFault("empty-symlink", "its target is empty");
  if (linkPath.length > MAX_SYMLINK) {
    throw new LayerFault("name-too-long", `its target has ${linkPath.length} bytes`);
  }
}
