import { flag, repeatableOption, valueOption } from "../command_line/option.ts";
import { parseText } from "../command_line/parsers.ts";

/** The options of a command in a guest, besides its user. */
export const commandOptions = {
  interactive: flag({ brief: "keep standard input, which a command always has", short: "i" }),
  tty: flag({ brief: "give the command a terminal", short: "t" }),
  env: repeatableOption({
    brief: "set an environment variable (repeatable)",
    short: "e",
    placeholder: "variable",
    parse: parseText,
  }),
  workdir: valueOption({
    brief: "run it in this folder of the guest",
    short: "w",
    placeholder: "dir",
    parse: parseText,
  }),
};
