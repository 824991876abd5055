import type { Ext4, FileInfo } from "../../ext4/mod.ts";
import type { ImageCommandOptions } from "../image_command_options.ts";
import { print, printJson } from "../../ui/mod.ts";
import { formatMode, formatPermissions, formatTime, printableName, typeOf } from "./entry.ts";
import { openImagePath } from "./open_image_path.ts";

interface StatOptions extends ImageCommandOptions {
  readonly dereference?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** `snapvm fs stat`. */
export async function stat(options: StatOptions, operand: string): Promise<void> {
  using opened = await openImagePath(operand, options);
  const { root, path } = opened;
  const info = options.dereference ? await root.stat(path) : await root.lstat(path);
  const facts = await gather(root, path, info);
  if (options.json) printJson(facts);
  else print(describe(facts, formatPermissions(info)));
}

type Facts = Awaited<ReturnType<typeof gather>>;

async function gather(root: Ext4, path: string, info: FileInfo) {
  const xattrs = [...await root.xattrs(info)].sort(([a], [b]) => a < b ? -1 : 1);
  return {
    path,
    type: typeOf(info),
    mode: formatMode(info),
    uid: info.uid,
    gid: info.gid,
    size: info.size,
    allocated: info.blocks * 512,
    nlink: info.nlink,
    ino: info.ino,
    ...info.rdev && { device: `${info.rdev.major}:${info.rdev.minor}` },
    ...info.isSymlink && { target: await root.readLink(info) },
    atime: formatTime(info.atimespec),
    mtime: formatTime(info.mtimespec),
    ctime: formatTime(info.ctimespec),
    ...info.birthtimespec !== null && { birthtime: formatTime(info.birthtimespec) },
    xattrs: Object.fromEntries(xattrs.map(([name, value]) => [name, value.toBase64()])),
  };
}

function describe(facts: Facts, permissions: string): string {
  const { xattrs, target, mode, uid, gid, ...rest } = facts;
  const rows = Object.entries({
    ...rest,
    ...target !== undefined && { target: printableName(target) },
    path: printableName(facts.path),
    mode: `${mode} (${permissions})`,
    owner: `${uid}:${gid}`,
  });
  const lines = rows.map(([name, value]) => `${name.padEnd(10)} ${value}`);
  for (const [name, value] of Object.entries(xattrs)) {
    lines.push(
      `xattr      ${printableName(name)} = ${describeValue(Uint8Array.fromBase64(value))}`,
    );
  }
  return lines.join("\n") + "\n";
}

/** Text as text, anything else in hexadecimal. */
function describeValue(value: Uint8Array): string {
  const text = value.at(-1) === 0 ? value.subarray(0, -1) : value;
  return text.every((byte) => byte >= 0x20 && byte < 0x7f)
    ? `"${new TextDecoder().decode(text)}"`
    : `0x${value.toHex()}`;
}
