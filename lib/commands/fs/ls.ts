import type { WalkEntry } from "../../ext4/mod.ts";
import type { ImageOptions } from "../../store/mod.ts";
import { ExitStatus } from "../../ui/mod.ts";
import { OutputBuffer } from "../output_buffer.ts";
import { warnOfDeadName } from "./dead_name.ts";
import { formatMode, formatPermissions, formatTime, printableName, typeOf } from "./entry.ts";
import { openImagePath } from "./open_image_path.ts";
import { readTarget } from "./read_target.ts";
import { withEnd } from "./with_end.ts";

interface ListOptions extends ImageOptions {
  readonly json?: boolean | undefined;
  readonly long?: boolean | undefined;
  readonly recursive?: boolean | undefined;
}

/** `snapvm fs ls`. */
export async function ls(options: ListOptions, operand: string): Promise<void> {
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
