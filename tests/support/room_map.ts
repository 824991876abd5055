/**
 * The map of the rooms in CONTRIBUTING.md, and what in the code contradicts it.
 *
 * @module
 */
import { dirname, join, normalize } from "node:path/posix";

/** A row of the map. */
export interface Room {
  /** Its folder: `lib/ext4`. */
  readonly folder: string;
  /** The folders of the rooms that it imports. */
  readonly imports: readonly string[];
  /** What it says that it knows nothing of. */
  readonly ignores: readonly string[];
}

/** The text of each module by its path from the repository's root. */
export type Modules = ReadonlyMap<string, string>;

/** What a room that knows nothing of something has no word of. */
const WORDS: Readonly<Record<string, RegExp>> = {
  "Apple": /\bapple|`container`/i,
  "ext4": /ext4/i,
  "images": /\bOCI\b|\bmanifests?\b|\b(?:pull|push)ed\b/i,
  "kernels": /\binitramfs|\bvmlinuz/i,
  "machines": /\bvirtual machine|\bhypervisor|\bQEMU\b/i,
  "hypervisors' names": /\bQEMU\b|Virtualization\.framework|\bvz\b/i,
  "formats on disk": /\bnew DataView|\.[gs]etUint\d/,
  "terminals": /\bisTerminal\b|\bsetRaw\b|\bconsoleSize\b/,
};

/** The rooms, in the order of the map, without those that may import everything. */
export function parseRooms(markdown: string): Room[] {
  const rows = markdown.matchAll(/^\| `([\w/]+)\/` +\|([^|]*)\|[^|]*\|([^|]*)\|$/gm);
  return Array.from(rows, ([, folder = "", imports = "", ignores = ""]) => ({
    folder,
    imports: imports.trim().split(/[ ,]+/).filter((name) => name !== "")
      .map((name) => name === "ffi" ? "ffi" : `lib/${name}`),
    ignores: ignores.split(",").map((item) => item.trim()).filter((item) => item !== ""),
  })).filter(({ imports }) => !imports.includes("lib/everything"));
}

/**
 * What contradicts the map, in words; nothing if it is true.
 *
 * `options` are the options of snapvm's command line.
 */
export function findFaults(
  rooms: readonly Room[],
  modules: Modules,
  options: readonly string[],
): string[] {
  const graph = new Map<string, readonly string[]>();
  for (const [path, text] of modules) graph.set(path, importsOf(path, text));
  return [
    ...misplacedImports(rooms, graph),
    ...circles(graph),
    ...untrueRows(rooms, graph, modules, options),
  ];
}

/** The modules that one imports, by whatever kind of import. */
function importsOf(path: string, text: string): string[] {
  const specifiers = text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g);
  return Array.from(specifiers, ([, specifier = ""]) => normalize(join(dirname(path), specifier)));
}

function roomOf(rooms: readonly Room[], path: string): Room | undefined {
  return rooms.find(({ folder }) => path.startsWith(`${folder}/`));
}

function misplacedImports(
  rooms: readonly Room[],
  graph: ReadonlyMap<string, readonly string[]>,
): string[] {
  const faults: string[] = [];
  for (const [path, targets] of graph) {
    const from = roomOf(rooms, path);
    for (const target of targets) {
      if (target.startsWith("tests/")) faults.push(`${path} imports a test's: ${target}`);
      const to = roomOf(rooms, target);
      if (to === undefined || to === from) continue;
      // cli.ts and mod.ts stand to the right of every room.
      if (from !== undefined && rooms.indexOf(to) > rooms.indexOf(from)) {
        faults.push(`${path} imports ${target}, which is to its right`);
      }
      if (target !== `${to.folder}/mod.ts`) faults.push(`${path} reaches past a door: ${target}`);
    }
  }
  return faults;
}

/** Each circle of imports once, from where it was entered. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const faults: string[] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (path: string): void => {
    if (done.has(path)) return;
    const at = way.indexOf(path);
    if (at >= 0) {
      faults.push(`a circle: ${[...way.slice(at), path].join(" → ")}`);
      return;
    }
    way.push(path);
    for (const target of graph.get(path) ?? []) visit(target);
    way.pop();
    done.add(path);
  };
  for (const path of graph.keys()) visit(path);
  return faults;
}

function untrueRows(
  rooms: readonly Room[],
  graph: ReadonlyMap<string, readonly string[]>,
  modules: Modules,
  options: readonly string[],
): string[] {
  const faults: string[] = [];
  for (const room of rooms) {
    const paths = [...graph.keys()].filter((path) => roomOf(rooms, path) === room);
    if (paths.length === 0) faults.push(`the row of ${room.folder}: there is no such room`);
    const used = new Set(
      paths.flatMap((path) => graph.get(path) ?? [])
        .map((target) => roomOf(rooms, target)).filter((each) => each !== room)
        .flatMap((each) => each === undefined ? [] : [each.folder]),
    );
    for (const folder of used) {
      if (!room.imports.includes(folder)) {
        faults.push(`the row of ${room.folder} does not name ${folder}, which it imports`);
      }
    }
    for (const folder of room.imports) {
      if (!used.has(folder)) {
        faults.push(`the row of ${room.folder} names ${folder}, which it does not import`);
      }
    }
    for (const item of room.ignores) {
      const words = item === "the command line" ? optionPattern(options) : WORDS[item];
      if (words === undefined) {
        faults.push(`the row of ${room.folder}: nobody can check "${item}"`);
        continue;
      }
      for (const path of paths) {
        const found = words.exec(modules.get(path) ?? "");
        if (found !== null) faults.push(`${path} knows of ${item}: "${found[0]}"`);
      }
    }
  }
  return faults;
}

/** Matches any of snapvm's own options, and none of another program's that begins the same. */
function optionPattern(options: readonly string[]): RegExp {
  return new RegExp(`(?<![\\w-])--(?:${options.join("|")})(?![\\w-])`);
}
