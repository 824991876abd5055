import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Ext4, FileInfo, WalkEntry } from "../../ext4/mod.ts";
import { ExitStatus } from "../../ui/mod.ts";
import { openImage } from "../open_image.ts";
import { debugOption, parseCount, platformOption, storeOption } from "../options.ts";
import { OutputBuffer } from "../output_buffer.ts";
import { warnOfDeadName } from "./dead_name.ts";
import { printableName } from "./entry.ts";
import { parseImagePath } from "./image_path.ts";

/** `snapvm fs tree`. */
export function treeCommand(): CommandUnknownOpts {
  return new Command("tree")
    .summary("draw a folder with all that is below it")
    .description("Draws a folder of an image with all that is below it, sorted by name.")
    .argument("<image:/path>", "the image, and the path inside it")
    .option("-L, --level <depth>", "go down this many levels", parseCount)
    .addOption(platformOption())
    .addOption(storeOption())
    .addOption(debugOption())
    .action(async (operand, options) => {
      const { image, path } = parseImagePath(operand);
      using opened = await openImage(image, options);
      const start = await opened.root.stat(path);
      using output = new OutputBuffer();
      const drawing = { root: opened.root, output, levels: options.level ?? Infinity };
      output.write(`${printableName(path)}\n`);
      const counts = await draw(drawing, start);
      output.write(`\n${count(counts.folders, "folder")}, ${count(counts.files, "file")}\n`);
    });
}

interface Drawing {
  readonly root: Ext4;
  readonly output: OutputBuffer;
  readonly levels: number;
}

/** A folder that is being drawn: its sorted entries, and what stands before their names. */
interface Level {
  readonly entries: WalkEntry[];
  readonly indent: string;
  readonly ino: number;
  readonly path: string;
}

/** Draws what is below `start`, with a stack of its own: a hostile image can be deeper than the program's. */
async function draw({ root, output, levels }: Drawing, start: FileInfo) {
  const counts = { folders: 0, files: 0 };
  const stack: Level[] = [];
  const enter = async (info: FileInfo, path: string, indent: string) => {
    // A folder inside itself is there in broken images only.
    if (stack.length >= levels || stack.some(({ ino }) => ino === info.ino)) return;
    stack.push({ entries: await sortedEntries(root, info), indent, ino: info.ino, path });
  };
  if (start.isDirectory) await enter(start, "", "");
  for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
    const entry = level.entries.shift();
    if (entry === undefined) {
      stack.pop();
      continue;
    }
    const isLast = level.entries.length === 0;
    output.write(`${level.indent}${isLast ? "└── " : "├── "}${await labelOf(root, entry)}\n`);
    if (entry.error) {
      warnOfDeadName({ path: `${level.path}/${entry.name}`, error: entry.error });
      Deno.exitCode = ExitStatus.failure;
    } else if (entry.info.isDirectory) {
      counts.folders++;
      const path = `${level.path}/${entry.name}`;
      await enter(entry.info, path, `${level.indent}${isLast ? "    " : "│   "}`);
    } else {
      counts.files++;
    }
  }
  return counts;
}

async function sortedEntries(root: Ext4, folder: FileInfo): Promise<WalkEntry[]> {
  const entries = await Array.fromAsync(root.walk(folder, { maxDepth: 1 }));
  return entries.slice(1).sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

async function labelOf(root: Ext4, entry: WalkEntry): Promise<string> {
  const name = printableName(entry.name);
  if (entry.error) return `${name} (broken)`;
  return entry.info.isSymlink
    ? `${name} -> ${printableName(await root.readLink(entry.info))}`
    : name;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
