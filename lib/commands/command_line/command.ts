import type { Completion, Options, OptionValues } from "./option.ts";

/** A word that a command takes, apart from its options. */
export interface Operand {
  /** What usage and help call it, in capital letters. */
  readonly name: string;
  /** What it is, in a line. */
  readonly brief: string;
  /** The only words that it can be. */
  readonly choices?: readonly string[];
  /** Whether it may be left out. */
  readonly optional?: boolean;
  /** Whether several may follow. Only the last operand can. */
  readonly repeats?: boolean;
  /** Whether it is written after `--`. */
  readonly afterDashes?: boolean;
  /** What a shell proposes for it. */
  readonly complete?: Completion;
}

/** Does what a command is for, with its options and its operands. */
export type Run<Of extends Options> = (
  options: OptionValues<Of>,
  ...operands: string[]
) => void | Promise<void>;

/** A command: parsing, help and completions are all made from this. */
export interface Command<Of extends Options = Options> {
  /** The word on the command line. */
  readonly name: string;
  /** What it does, in a line. */
  readonly summary: string;
  /** What it does, in paragraphs. */
  readonly description: string;
  /** What it takes besides options. */
  readonly operands: readonly Operand[];
  /** Its options, in the order in which help lists them. */
  readonly options: Of;
  /** After so many operands, words that look like options are operands too. */
  readonly optionsEndAfter?: number;
  /** Whether help leaves it out. */
  readonly hidden?: boolean;
  /** Loads what it does. Imports take time, so only those of the command that is called are loaded. */
  readonly load: () => Promise<Run<Of>>;
}

/** A word that commands follow. */
export interface CommandGroup {
  /** The word on the command line; of the program, its name. */
  readonly name: string;
  /** What they do, in a line. */
  readonly summary: string;
  /** What they do, in paragraphs. */
  readonly description: string;
  /** What usage shows after the name. */
  readonly usage: string;
  /** Its own options, besides `--help`. */
  readonly options: Options;
  /** The commands, in the order in which help lists them. */
  readonly commands: readonly (Command | CommandGroup)[];
  /** What help says at its end. */
  readonly footer?: string;
}

/** A command, whose `load` is checked against its options. */
export function defineCommand<Of extends Options>(command: Command<Of>): Command {
  // A list of commands cannot type each one's options. The parser makes the values that the command's own options say.
  return command as Command;
}

/** Whether commands follow. */
export function isGroup(target: Command | CommandGroup): target is CommandGroup {
  return "commands" in target;
}

/** Whether help and shells know of it. */
export function isShown(target: Command | CommandGroup): boolean {
  return isGroup(target) || !target.hidden;
}
