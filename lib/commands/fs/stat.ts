import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Ext4, FileInfo } from "../../ext4/mod.ts";
import { print, printJson } from "../../ui/mod.ts";
import { debugOption, jsonOption, platformOption, storeOption } from "../options.ts";
import { formatMode, formatPermissions, formatTime, printableName, typeOf } from "./entry.ts";
import { openImagePath } from "./open_image_path.ts";
import { paragraphs } from "../paragraphs.ts";

const DESCRIPTION = paragraphs(`
Shows all that the filesystem knows of a path: type, mode, owner, size, times and
extended attributes. A symlink is shown itself; -L shows what it points to.

--json prints an object: path, type, mode (octal), uid, gid, size, allocated (bytes), nlink, ino, atime, mtime, ctime,
birthtime where it is known, xattrs (an object, the values in base64); target for a symlink; device ("major:minor") for a
device.
`);

/** `snapvm fs stat`. */
export function statCommand(): CommandUnknownOpts {
  return new Command("stat")
    .summary("show type, mode, owner, times and extended attributes")
    .description(DESCRIPTION)
    .argument("<image:/path>", "the image, and the path inside it")
    .option("-L, --dereference", "follow a symlink")
    .addOption(jsonOption())
    .addOption(platformOption())
    .addOption(storeOption())
    .addOption(debugOption())
    .action(async (operand, options) => {
      using opened = await openImagePath(operand, options);
      const { root, path } = opened;
      const info = options.dereference ? await root.stat(path) : await root.lstat(path);
      const facts = await gather(root, path, info);
      if (options.json) printJson(facts);
      else print(describe(facts, formatPermissions(info)));
    });
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
    atime: formatTime(info.atimeNs),
    mtime: formatTime(info.mtimeNs),
    ctime: formatTime(info.ctimeNs),
    ...info.birthtimeNs !== null && { birthtime: formatTime(info.birthtimeNs) },
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
