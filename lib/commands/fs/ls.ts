import type { WalkEntry } from "../../ext4/mod.ts";
import type { ImageCommandOptions } from "../image_command_options.ts";
import { ExitStatus } from "../../ui/mod.ts";
import { OutputBuffer } from "../output_buffer.ts";
import { warnUnreadable } from "./warn_unreadable.ts";
import { formatPermissions, formatTime, printableName } from "./entry.ts";
import { jsonLine } from "./json_line.ts";
import { openImagePath } from "./open_image_path.ts";
import { type LinkTarget, readTarget } from "./read_target.ts";
import { finishDocument } from "./finish_document.ts";

interface ListOptions extends ImageCommandOptions {
  readonly json?: boolean | undefined;
  readonly long?: boolean | undefined;
  readonly recursive?: boolean | undefined;
}

/** `snapvm fs ls`. */
export async function ls(options: ListOptions, operand: string): Promise<void> {
  using opened = await openImagePath(operand, options);
  const { root, path } = opened;
  // If there is no such path, nothing is printed, not even an empty list.
  await root.stat(path);
  using output = new OutputBuffer();
  const list: List = options.json ? new JsonList(output) : {
    add: (listed) =>
      output.write(`${options.long ? longLine(listed) : printableName(listed.label)}\n`),
    end: () => {},
  };
  const showsTarget = options.json || options.long;
  const depth = options.recursive ? {} : { maxDepth: 1 };
  await finishDocument(async () => {
    // Nothing else runs meanwhile, and a promise for each entry would cost as much as the entry.
    for (const entry of root.walkSync(path, depth)) {
      const { info } = entry;
      if (entry.depth === 0 && info?.isDirectory) continue;
      const label = options.recursive ? entry.path : entry.name;
      const link = showsTarget && info?.isSymlink ? await readTarget(root, info) : NO_LINK;
      const error = entry.error ?? link.error;
      if (error !== undefined) {
        warnUnreadable({ path: entry.path, error });
        Deno.exitCode = ExitStatus.failure;
      }
      list.add({ entry, label, link });
    }
  }, () => list.end());
}

/** All that can be said about the target of something that is not a symlink. */
const NO_LINK: LinkTarget = {};

interface Listed {
  readonly entry: WalkEntry;
  /** What a person sees: the name, or the whole path if there are several folders. */
  readonly label: string;
  /** The target of a symlink. */
  readonly link: LinkTarget;
}

/** One of the forms of a listing. */
interface List {
  /** Shows the next entry. */
  add(listed: Listed): void;
  /** Closes what is open. */
  end(): void;
}

function longLine({ entry: { info }, label, link: { error, target } }: Listed): string {
  if (error !== undefined || info === undefined) {
    return `??????????   ?     ?     ?           ? ${" ".repeat(20)} ${printableName(label)}`;
  }
  const columns = [
    formatPermissions(info),
    String(info.nlink).padStart(3),
    String(info.uid).padStart(5),
    String(info.gid).padStart(5),
    (info.rdev ? `${info.rdev.major},${info.rdev.minor}` : String(info.size)).padStart(11),
    formatTime(info.mtimespec).replace(/\.\d+/, ""),
    printableName(label),
  ];
  if (target !== undefined) columns.push("->", printableName(target));
  return columns.join(" ");
}

/** Writes an array, each element as soon as it is known. */
class JsonList implements List {
  readonly #output: OutputBuffer;
  #separator = "\n";

  constructor(output: OutputBuffer) {
    this.#output = output;
    output.write("[");
  }

  add({ entry, link }: Listed): void {
    this.#output.write(this.#separator + jsonLine(entry, link));
    this.#separator = ",\n";
  }

  end(): void {
    this.#output.write("\n]\n");
  }
}
