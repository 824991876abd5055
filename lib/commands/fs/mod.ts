/**
 * `snapvm fs`: files out of an image, read without mounting it and without being root.
 *
 * @module
 */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { catCommand } from "./cat.ts";
import { cpCommand } from "./cp.ts";
import { lsCommand } from "./ls.ts";
import { statCommand } from "./stat.ts";
import { tarCommand } from "./tar.ts";
import { treeCommand } from "./tree.ts";
import { paragraphs } from "../paragraphs.ts";

const DESCRIPTION = paragraphs(`
Reads files out of an image without mounting it and without being root.

IMAGE:/PATH is an image and an absolute path inside it; the image alone means its root.
`);

/** `snapvm fs`. */
export function fsCommand(): CommandUnknownOpts {
  const command = new Command("fs").description(DESCRIPTION).helpCommand(false);
  for (const make of [lsCommand, catCommand, statCommand, cpCommand, tarCommand, treeCommand]) {
    command.addCommand(make());
  }
  return command;
}
