import assert from "node:assert/strict";
import type {
  LayerTarget,
  LayerTime,
  TargetEntry,
  TargetMetadata,
  TargetType,
} from "../../../../lib/oci/layer/layer_target.ts";
import type { TarDataRange } from "../../../../lib/oci/layer/tar_header.ts";
import { concat } from "./layer.ts";
import { shortContent, type TreeEntry, treeLines } from "./tree_lines.ts";

/** What names share. */
export interface MemoryNode {
  readonly type: TargetType;
  metadata: TargetMetadata;
  readonly children?: Map<string, TargetEntry>;
  readonly target?: Uint8Array;
  readonly device?: { readonly major: number; readonly minor: number } | undefined;
  readonly size?: number;
  readonly ranges?: readonly TarDataRange[];
  readonly pieces?: Uint8Array[];
  links: number;
}

interface MemoryEntry {
  readonly parent: TargetEntry;
  readonly name: Uint8Array;
  readonly node: MemoryNode;
}

/** Of the root, until somebody says something else. */
const DEFAULT: TargetMetadata = {
  mode: 0o700,
  uid: 0,
  gid: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
};

/** Names as keys of maps: one letter for each byte. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** A {@linkcode LayerTarget} in memory, which insists on what the interface says, and uses numbers again at once. */
export class MemoryTarget implements LayerTarget {
  readonly root = 0;
  readonly #entries: (MemoryEntry | undefined)[] = [];
  readonly #free: TargetEntry[] = [];
  #file: { node: MemoryNode; left: number } | undefined;

  constructor() {
    const node: MemoryNode = {
      type: "directory",
      metadata: DEFAULT,
      children: new Map(),
      links: 1,
    };
    this.#entries.push({ parent: 0, name: new Uint8Array(), node });
  }

  find(folder: TargetEntry, name: Uint8Array): TargetEntry | undefined {
    return this.#children(folder).get(latin1(name));
  }

  typeOf(entry: TargetEntry): TargetType {
    return this.node(entry).type;
  }

  nameOf(entry: TargetEntry): Uint8Array {
    return this.#entry(entry).name;
  }

  linkTarget(entry: TargetEntry): Uint8Array {
    const { target } = this.node(entry);
    assert.ok(target);
    return target;
  }

  entries(folder: TargetEntry): Iterable<TargetEntry> {
    return this.#children(folder).values();
  }

  addFolder(folder: TargetEntry, name: Uint8Array, metadata: TargetMetadata): TargetEntry {
    return this.#add(folder, name, { type: "directory", metadata, children: new Map(), links: 0 });
  }

  addFile(
    folder: TargetEntry,
    name: Uint8Array,
    metadata: TargetMetadata,
    size: number,
    dataRanges?: readonly TarDataRange[],
  ): TargetEntry {
    const ranges = dataRanges ?? (size > 0 ? [{ offset: 0, length: size }] : []);
    let end = 0;
    for (const { offset, length } of ranges) {
      assert.ok(length > 0 && offset >= end && offset + length <= size);
      end = offset + length;
    }
    const node: MemoryNode = { type: "file", metadata, size, ranges, pieces: [], links: 0 };
    const entry = this.#add(folder, name, node);
    this.#file = { node, left: ranges.reduce((sum, { length }) => sum + length, 0) };
    return entry;
  }

  write(bytes: Uint8Array): void {
    assert.ok(this.#file && bytes.length > 0 && bytes.length <= this.#file.left);
    this.#file.left -= bytes.length;
    this.#file.node.pieces!.push(bytes.slice());
  }

  addSymlink(
    folder: TargetEntry,
    name: Uint8Array,
    target: Uint8Array,
    metadata: TargetMetadata,
  ): TargetEntry {
    assert.ok(target.length > 0 && target.length < 4096);
    return this.#add(folder, name, { type: "symlink", metadata, target: target.slice(), links: 0 });
  }

  addSpecial(
    folder: TargetEntry,
    name: Uint8Array,
    type: "character-device" | "block-device" | "fifo" | "socket",
    device: { readonly major: number; readonly minor: number } | undefined,
    metadata: TargetMetadata,
  ): TargetEntry {
    assert.equal(device !== undefined, type.endsWith("device"));
    return this.#add(folder, name, { type, metadata, device, links: 0 });
  }

  addLink(folder: TargetEntry, name: Uint8Array, existing: TargetEntry): TargetEntry {
    const node = this.node(existing);
    assert.notEqual(node.type, "directory");
    return this.#add(folder, name, node);
  }

  setMetadata(entry: TargetEntry, metadata: TargetMetadata): void {
    this.node(entry).metadata = metadata;
  }

  remove(entry: TargetEntry): void {
    assert.notEqual(entry, this.root);
    const { parent, name } = this.#entry(entry);
    this.#children(parent).delete(latin1(name));
    this.#forget(entry);
  }

  ready(): Promise<void> | undefined {
    return undefined;
  }

  /** What an entry names. */
  node(entry: TargetEntry): MemoryNode {
    return this.#entry(entry).node;
  }

  /** The bytes of a small file, holes included. */
  content(node: MemoryNode): Uint8Array {
    const whole = new Uint8Array(node.size!);
    const stored = concat(...node.pieces!);
    let at = 0;
    for (const { offset, length } of node.ranges!) {
      whole.set(stored.subarray(at, at + length), offset);
      at += length;
    }
    assert.equal(at, stored.length);
    return whole;
  }

  /** Makes sure that the last file has all of its bytes. */
  finish(): void {
    assert.equal(this.#file?.left ?? 0, 0);
  }

  /** The tree as {@linkcode treeLines}. */
  describe(content: (bytes: Uint8Array) => string = shortContent): string[] {
    this.finish();
    const found: TreeEntry[] = [];
    const visit = (entry: TargetEntry, path: string) => {
      const node = this.node(entry);
      const { mode, uid, gid, mtime, xattrs } = node.metadata;
      found.push({
        path,
        type: node.type,
        mode,
        owner: `${uid}:${gid}`,
        mtime: formatTime(mtime),
        content: node.type === "file"
          ? content(this.content(node))
          : node.target
          ? `-> ${latin1(node.target)}`
          : node.device
          ? `${node.device.major},${node.device.minor}`
          : "",
        xattrs: [...xattrs ?? []].map(([name, value]) => `${name}=${value.toHex()}`),
        file: node,
      });
      for (const [name, child] of node.children ?? []) {
        visit(child, path === "" ? name : `${path}/${name}`);
      }
    };
    visit(this.root, "");
    return treeLines(found);
  }

  #add(folder: TargetEntry, name: Uint8Array, node: MemoryNode): TargetEntry {
    this.finish();
    const key = latin1(name);
    const children = this.#children(folder);
    assert.ok(!children.has(key), `${key} is there already`);
    assert.ok(name.length > 0 && name.length <= 255 && !/[/\0]/.test(key) && !/^\.\.?$/.test(key));
    node.links++;
    const entry = this.#free.pop() ?? this.#entries.length;
    this.#entries[entry] = { parent: folder, name: name.slice(), node };
    children.set(key, entry);
    return entry;
  }

  #forget(entry: TargetEntry): void {
    const { node } = this.#entry(entry);
    node.links--;
    for (const child of node.children?.values() ?? []) this.#forget(child);
    this.#entries[entry] = undefined;
    this.#free.push(entry);
  }

  #entry(entry: TargetEntry): MemoryEntry {
    const found = this.#entries[entry];
    assert.ok(found, `there is no entry ${entry}`);
    return found;
  }

  #children(folder: TargetEntry): Map<string, TargetEntry> {
    const { children } = this.node(folder);
    assert.ok(children, `entry ${folder} is no folder`);
    return children;
  }
}

/** Seconds as `find` prints them: its fraction counts upwards even before 1970. */
function formatTime({ seconds, nanoseconds }: LayerTime): string {
  assert.ok(Number.isSafeInteger(seconds) && nanoseconds >= 0 && nanoseconds < 1_000_000_000);
  return `${seconds}.${String(nanoseconds).padStart(9, "0")}`;
}
