import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { WalkEntry } from "../../ext4/mod.ts";
import { ExitStatus } from "../../ui/mod.ts";
import { debugOption, jsonOption, platformOption, storeOption } from "../options.ts";
import { OutputBuffer } from "../output_buffer.ts";
import { warnOfDeadName } from "./dead_name.ts";
import { formatMode, formatPermissions, formatTime, printableName, typeOf } from "./entry.ts";
import { openImagePath } from "./open_image_path.ts";
import { readTarget } from "./read_target.ts";
import { paragraphs } from "../paragraphs.ts";
import { withEnd } from "./with_end.ts";

const DESCRIPTION = paragraphs(`
Lists a folder of an image, or shows a file's own line. Every name is shown, also those
that begin with a dot. What cannot be read is named on standard error, and the exit
status is then 1.

--json prints an array with one object a line: path, type, mode (octal), uid, gid, size,
nlink, ino, mtime; target for a symlink; device ("major:minor") for a device; pathBytes
(base64) where the path is not UTF-8; only path and error where an entry is broken.
`);

/** `snapvm fs ls`. */
export function lsCommand(): CommandUnknownOpts {
  return new Command("ls")
    .summary("list a folder")
    .description(DESCRIPTION)
    .argument("<image:/path>", "the image, and the path inside it")
    .option("-l, --long", "show mode, links, owner, size and time")
    .option("-R, --recursive", "list everything below, with whole paths")
    .addOption(jsonOption())
    .addOption(platformOption())
    .addOption(storeOption())
    .addOption(debugOption())
    .action(async (operand, options) => {
      using opened = await openImagePath(operand, options);
      const { root, path } = opened;
      // What is not there has no list, not even an empty one.
      await root.stat(path);
      using output = new OutputBuffer();
      const list: List = options.json ? new JsonList(output) : {
        add: (listed) =>
          output.write(`${options.long ? longLine(listed) : printableName(listed.label)}\n`),
        end: () => {},
      };
      const depth = options.recursive ? {} : { maxDepth: 1 };
      await withEnd(async () => {
        for await (const entry of root.walk(path, depth)) {
          if (entry.depth === 0 && entry.info?.isDirectory) continue;
          const label = options.recursive ? entry.path : entry.name;
          const showsTarget = options.json || options.long;
          const link = showsTarget ? await readTarget(root, entry.info) : {};
          const error = entry.error ?? link.error;
          if (error !== undefined) {
            warnOfDeadName({ path: entry.path, error });
            Deno.exitCode = ExitStatus.failure;
          }
          list.add({ entry, label, error, target: link.target });
        }
      }, () => list.end());
    });
}

interface Listed {
  readonly entry: WalkEntry;
  /** How a person sees it: the name, or the whole path where there are several folders. */
  readonly label: string;
  /** Why there is nothing to say of it. */
  readonly error: Error | undefined;
  /** Where a symlink points. */
  readonly target: string | undefined;
}

/** What the entries are shown in. */
interface List {
  /** Shows the next one. */
  add(listed: Listed): void;
  /** Closes what is open. */
  end(): void;
}

function longLine({ entry: { info }, label, error, target }: Listed): string {
  if (error !== undefined || info === undefined) {
    return `??????????   ?     ?     ?           ? ${" ".repeat(20)} ${printableName(label)}`;
  }
  const columns = [
    formatPermissions(info),
    String(info.nlink).padStart(3),
    String(info.uid).padStart(5),
    String(info.gid).padStart(5),
    (info.rdev ? `${info.rdev.major},${info.rdev.minor}` : String(info.size)).padStart(11),
    formatTime(info.mtimeNs).replace(/\.\d+/, ""),
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

  add(listed: Listed): void {
    this.#output.write(this.#separator);
    this.#output.write(jsonObject(listed));
    this.#separator = ",\n";
  }

  end(): void {
    this.#output.write("\n]\n");
  }
}

function jsonObject({ entry, error, target }: Listed): string {
  const { path, info } = entry;
  const pathBytes = path.includes("\ufffd") ? entry.pathBytes.toBase64() : undefined;
  return JSON.stringify(
    error !== undefined || info === undefined ? { path, pathBytes, error: error?.message } : {
      path,
      pathBytes,
      type: typeOf(info),
      mode: formatMode(info),
      uid: info.uid,
      gid: info.gid,
      size: info.size,
      nlink: info.nlink,
      ino: info.ino,
      mtime: formatTime(info.mtimeNs),
      target,
      device: info.rdev ? `${info.rdev.major}:${info.rdev.minor}` : undefined,
    },
  );
}
