import { type TreeEntry, treeLines } from "./tree_lines.ts";

/** A member of a random layer; a whiteout is a file. */
export interface ModelMember {
  readonly path: string;
  readonly type: "file" | "directory" | "symlink" | "link" | "fifo";
  readonly mode: number;
  readonly link?: string;
  readonly data?: string;
}

interface ModelFile {
  readonly type: string;
  mode: number;
  readonly data: string;
}

/** A name, and everything below it. */
interface ModelName {
  file: ModelFile;
  /** The layer that put it there. */
  readonly layer: number;
  readonly children: Map<string, ModelName>;
}

/** A layer that is refused, and by which rule. */
export class Refused extends Error {
  constructor(readonly rule: string) {
    super(rule);
  }
}

const folderOf = (mode: number): ModelFile => ({ type: "directory", mode, data: "" });
const isWhiteout = ({ path }: ModelMember) => path.split("/").at(-1)!.startsWith(".wh.");

/**
 * What the specification says, with nothing in mind but that: of each layer first all whiteouts, then all members in
 * order. Whole paths are looked up from the root each time.
 */
export class LayerModel {
  readonly #root: ModelName = { file: folderOf(0o755), layer: 0, children: new Map() };
  #layer = 0;

  /** Applies a layer. */
  apply(members: readonly ModelMember[]): void {
    this.#layer++;
    for (const member of members.filter(isWhiteout)) this.#hide(member.path);
    for (const member of members.filter((member) => !isWhiteout(member))) this.#add(member);
  }

  /** The tree. */
  describe(): string[] {
    const entries: TreeEntry[] = [];
    const visit = (path: string, { file, children }: ModelName) => {
      entries.push({
        path,
        type: file.type,
        mode: file.mode,
        owner: "0:0",
        mtime: "0.000000000",
        content: file.type === "symlink"
          ? `-> ${file.data}`
          : file.type === "file"
          ? JSON.stringify(file.data)
          : "",
        xattrs: [],
        file,
      });
      for (const [name, child] of children) visit(path === "" ? name : `${path}/${name}`, child);
    };
    visit("", this.#root);
    return treeLines(entries);
  }

  #hide(path: string): void {
    const parts = clean(path);
    const name = parts.pop()!;
    const folder = this.#folder(parts, false);
    if (folder === undefined) return;
    if (name === ".wh..wh..opq") folder.children.clear();
    else folder.children.delete(name.slice(4));
  }

  #add({ path, type, mode, link, data = "" }: ModelMember): void {
    const parts = clean(path);
    const name = parts.pop();
    if (name === undefined) {
      if (type !== "directory") throw new Refused("root-not-a-folder");
      this.#root.file.mode = mode;
      return;
    }
    const folder = this.#folder(parts, true)!;
    const existing = folder.children.get(name);
    if (type === "directory" && existing?.file.type === "directory") {
      folder.children.set(name, { ...existing, file: folderOf(mode), layer: this.#layer });
      return;
    }
    let file: ModelFile = { type, mode: type === "symlink" ? 0o777 : mode, data: link ?? data };
    if (type === "link") {
      if (existing?.file.type === "directory") folder.children.delete(name);
      const linked = this.#name(clean(link!));
      if (linked === undefined) throw new Refused("link-without-target");
      if (linked.file.type === "directory") throw new Refused("link-to-a-folder");
      file = linked.file;
    }
    folder.children.set(name, { file, layer: this.#layer, children: new Map() });
  }

  #name(parts: string[]): ModelName | undefined {
    const name = parts.pop();
    return name === undefined ? this.#root : this.#folder(parts, false)?.children.get(name);
  }

  /** The folder of a path without steps; through each symbolic link it starts again with a longer path. */
  #folder(path: readonly string[], isMade: boolean, links = 0): ModelName | undefined {
    if (links > 40) throw new Refused("symlink-loop");
    let at = this.#root;
    for (const [index, name] of path.entries()) {
      let next = at.children.get(name);
      if (next?.file.type === "symlink") {
        const target = next.file.data;
        const before = target.startsWith("/") ? [] : path.slice(0, index);
        return this.#stepwise(before, target.split("/"), path.slice(index + 1), isMade, links + 1);
      }
      if (next?.file.type !== "directory") {
        if (!isMade) return undefined;
        if (next !== undefined && (links > 0 || next.layer === this.#layer)) {
          throw new Refused("below-a-file");
        }
        next = { file: folderOf(0o755), layer: this.#layer, children: new Map() };
        at.children.set(name, next);
      }
      at = next;
    }
    return at;
  }

  /** A link's target has real steps upwards: each is taken where the folder before it really is. */
  #stepwise(
    before: readonly string[],
    target: readonly string[],
    after: readonly string[],
    isMade: boolean,
    links: number,
  ): ModelName | undefined {
    const up = target.indexOf("..");
    if (up < 0) {
      const names = target.filter((part) => part !== "" && part !== ".");
      return this.#folder([...before, ...names, ...after], isMade, links);
    }
    const names = target.slice(0, up).filter((part) => part !== "" && part !== ".");
    if (names.some((name) => name !== "")) throw new Error("The generator makes no such targets");
    return this.#stepwise(before.slice(0, -1), target.slice(up + 1), after, isMade, links);
  }
}

function clean(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts;
}
