import { type CommandGroup, defineCommand } from "../command_line/command.ts";
import { flag, valueOption } from "../command_line/option.ts";
import { parseCount } from "../command_line/parsers.ts";
import { paragraphs } from "../paragraphs.ts";
import { IMAGE_PATH } from "./operands.ts";
import {
  debugOption,
  jsonOption,
  platformOption,
  pullOption,
  registryOptions,
  storeOption,
} from "./shared_options.ts";
import { unpackOption } from "./unpack_option.ts";

/** Which image is meant, in every command. */
const imageOptions = {
  platform: platformOption,
  pull: pullOption,
  unpack: unpackOption,
  store: storeOption,
  ...registryOptions,
  debug: debugOption,
};

const lsCommand = defineCommand({
  name: "ls",
  summary: "list a folder",
  description: paragraphs(`
Lists a folder of an image, or shows a file's own line. Every name is shown, including
those that begin with a dot. What cannot be read is named on standard error, and the exit
status is then 1.

--json prints an array with one object a line: path, type, mode (octal), uid, gid, size,
nlink, ino, mtime; target for a symlink; device ("major:minor") for a device; pathBytes
(base64) if the path is not UTF-8; only path and error if an entry is broken.
`),
  operands: [IMAGE_PATH],
  options: {
    long: flag({ brief: "show mode, links, owner, size and time", short: "l" }),
    recursive: flag({ brief: "list everything below, with whole paths", short: "R" }),
    json: jsonOption,
    ...imageOptions,
  },
  load: async () =>
    (await import(import.meta.resolve("../fs/ls.ts")) as typeof import("../fs/ls.ts")).ls,
});

const catCommand = defineCommand({
  name: "cat",
  summary: "write files to standard output",
  description: "Writes files of images to standard output, one after the other.",
  operands: [{ ...IMAGE_PATH, repeats: true }],
  options: imageOptions,
  load: async () =>
    (await import(import.meta.resolve("../fs/cat.ts")) as typeof import("../fs/cat.ts")).cat,
});

const statCommand = defineCommand({
  name: "stat",
  summary: "show type, mode, owner, times and extended attributes",
  description: paragraphs(`
Shows all that the filesystem knows about a path: type, mode, owner, size, times and
extended attributes. A symlink is shown itself; -L shows what it points to.

--json prints an object: path, type, mode (octal), uid, gid, size, allocated (bytes), nlink, ino, atime, mtime, ctime,
birthtime if it is known, xattrs (an object, the values in base64); target for a symlink; device ("major:minor") for a
device.
`),
  operands: [IMAGE_PATH],
  options: {
    dereference: flag({ brief: "follow a symlink", short: "L" }),
    json: jsonOption,
    ...imageOptions,
  },
  load: async () =>
    (await import(import.meta.resolve("../fs/stat.ts")) as typeof import("../fs/stat.ts")).stat,
});

const cpCommand = defineCommand({
  name: "cp",
  summary: "copy files and folders out of an image",
  description: paragraphs(`
Copies a file, or a folder with all that is below it, out of an image. Contents, holes,
permissions and times are kept, and links stay links; the copies belong to the user who
makes them, and no set-user-ID or set-group-ID bit is kept. Devices, pipes and sockets
are named on standard error and left out.

What cannot be read, and names and symlink targets that are not UTF-8, are named on
standard error and left out too, and the exit status is then 1. fs tar keeps owners, all
bits, devices, pipes and such names.

DEST is the new name, or a folder to put the copy into.
`),
  operands: [
    IMAGE_PATH,
    { name: "DEST", brief: "the new name or a folder, on this machine", complete: "file" },
  ],
  options: imageOptions,
  load: async () =>
    (await import(import.meta.resolve("../fs/cp.ts")) as typeof import("../fs/cp.ts")).cp,
});

const tarCommand = defineCommand({
  name: "tar",
  summary: "write a folder to standard output as a tar archive",
  description: paragraphs(`
Writes a folder of an image, or a file, to standard output as a tar archive in the PAX
format: owners, modes, times to the nanosecond, hard links, devices, extended attributes
and holes are kept. Names are relative to the folder. Sockets are left out: tar has none.

What cannot be read is named on standard error and left out, and the exit status is 1.
`),
  operands: [IMAGE_PATH],
  options: imageOptions,
  load: async () =>
    (await import(import.meta.resolve("../fs/tar.ts")) as typeof import("../fs/tar.ts")).tar,
});

const treeCommand = defineCommand({
  name: "tree",
  summary: "draw a folder with all that is below it",
  description: paragraphs(`
Draws a folder of an image with all that is below it, sorted by name. What cannot be read is named on standard error,
and the exit status is then 1.

--json prints objects inside each other: name and type; contents, an array, for a folder that is gone into; target for
a symlink; nameBytes (base64) if the name is not UTF-8; only name and error if an entry is broken. fs ls -R --json
has more of each, in one flat array.
`),
  operands: [IMAGE_PATH],
  options: {
    level: valueOption({
      brief: "go down this many levels",
      short: "L",
      placeholder: "depth",
      parse: parseCount,
    }),
    json: jsonOption,
    ...imageOptions,
  },
  load: async () =>
    (await import(import.meta.resolve("../fs/tree.ts")) as typeof import("../fs/tree.ts")).tree,
});

/** `snapvm fs`: files out of an image, read without mounting it and without being root. */
export const fsGroup: CommandGroup = {
  name: "fs",
  summary: "read files of an image: ls, cat, stat, cp, tar, tree",
  description: paragraphs(`
Reads files out of an image without mounting it and without being root.

IMAGE:/PATH is an image and an absolute path inside it; the image alone means its root.
`),
  usage: "COMMAND IMAGE:/PATH",
  options: {},
  commands: [lsCommand, catCommand, statCommand, cpCommand, tarCommand, treeCommand],
};
