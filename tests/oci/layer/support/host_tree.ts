import assert from "node:assert/strict";
import { contentDigest, type TreeEntry, treeLines } from "./tree_lines.ts";

const TYPES: Readonly<Record<string, string>> = {
  f: "file",
  d: "directory",
  l: "symlink",
  c: "character-device",
  b: "block-device",
  p: "fifo",
  s: "socket",
};

/** Runs a program and gives what it prints, one letter for each byte. */
export async function run(
  command: string,
  args: readonly string[],
  cwd?: string,
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    ...cwd !== undefined && { cwd },
    env: { TZ: "UTC", LC_ALL: "C" },
  }).output();
  assert.ok(success, `${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder("latin1").decode(stdout);
}

/** Runs lines of bash in a folder. */
export function bash(script: string, cwd: string): Promise<string> {
  return run("bash", ["-euo", "pipefail", "-c", script], cwd);
}

/** A folder of this machine as {@linkcode treeLines}, as `find`, `sha256sum`, `stat` and `getfattr` see it. */
export async function hostTree(folder: string): Promise<string[]> {
  const [found, sums, devices, attributes] = await Promise.all([
    run("find", [".", "-printf", "%P\\0%y\\0%m\\0%U:%G\\0%T@\\0%l\\0%s\\0%i\\0"], folder),
    bash("find . -type f -print0 | xargs -0 -r sha256sum --zero --", folder),
    bash(
      "find . \\( -type c -o -type b \\) -print0 | xargs -0 -r stat --printf '%n\\0%Hr,%Lr\\0'",
      folder,
    ),
    bash(
      "getfattr --recursive --physical --no-dereference --dump --match=- --encoding=hex .",
      folder,
    ),
  ]);
  const digests = new Map(
    sums.split("\0").filter(Boolean).map((line) => [line.slice(68), line.slice(0, 64)]),
  );
  const numbers = new Map(chunks(devices, 2).map(([name, device]) => [name!.slice(2), device!]));
  const xattrs = parseAttributes(attributes);
  return treeLines(
    chunks(found, 8).map(([path, type, mode, owner, time, target, size, inode]): TreeEntry => ({
      path: path!,
      type: TYPES[type!]!,
      mode: parseInt(mode!, 8),
      owner: owner!,
      mtime: `${time!.slice(0, -1)}`,
      content: type === "f"
        ? contentDigest(Number(size), digests.get(path!)!)
        : type === "l"
        ? `-> ${target}`
        : numbers.get(path!) ?? "",
      xattrs: xattrs.get(path!) ?? [],
      file: inode,
    })),
  );
}

function chunks(text: string, size: number): string[][] {
  const words = text.split("\0").slice(0, -1);
  return Array.from(
    { length: words.length / size },
    (_, index) => words.slice(index * size, (index + 1) * size),
  );
}

function parseAttributes(text: string): Map<string, string[]> {
  return new Map(
    text.split("\n\n").filter(Boolean).map((block) => {
      const [name, ...lines] = block.split("\n").map(unescape);
      const path = name!.slice("# file: ".length);
      return [path === "." ? "" : path, lines.map((line) => line.replace("=0x", "="))] as const;
    }),
  );
}

function unescape(line: string): string {
  return line.replace(
    /\\([0-7]{3})/g,
    (_, digits: string) => String.fromCharCode(parseInt(digits, 8)),
  );
}
