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
      using output = new OutputBuffer();
      const print = options.json ? jsonPrinter(output) : (listed: Listed) => {
        output.write(`${options.long ? longLine(listed) : printableName(listed.label)}\n`);
      };
      const depth = options.recursive ? {} : { maxDepth: 1 };
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
        print({ entry, label, error, target: link.target });
      }
      if (options.json) output.write("\n]\n");
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

/** Prints the elements of an array; whoever uses it closes the array. */
function jsonPrinter(output: OutputBuffer): (listed: Listed) => void {
  let separator = "\n";
  output.write("[");
  return (listed) => {
    output.write(separator);
    output.write(jsonObject(listed));
    separator = ",\n";
  };
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
