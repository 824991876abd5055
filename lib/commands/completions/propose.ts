import {
  type Command,
  type CommandGroup,
  isGroup,
  isShown,
  type Operand,
} from "../command_line/command.ts";
import { findCommand } from "../command_line/find_command.ts";
import { type Option, optionName, withHelp } from "../command_line/option.ts";
import { tokenize } from "../command_line/tokenize.ts";
import type { Candidate } from "./candidate.ts";
import { proposeFiles } from "./propose_files.ts";
import { withHome } from "./with_home.ts";

/** Options that were given, by their names on the command line, each with its last value. */
type Given = ReadonlyMap<string, string | undefined>;

/**
 * What the last word of a command line can become.
 *
 * @param program The program.
 * @param words The words after its name; the last one may be incomplete or empty.
 * @returns What it can become. Every candidate begins with what is typed.
 */
export async function propose(
  program: CommandGroup,
  words: readonly string[],
): Promise<Candidate[]> {
  const before = words.slice(0, -1);
  const typed = words.at(-1) ?? "";
  // The words after `--` are a command for the guest, not for snapvm.
  if (before.includes("--")) return [];
  const found = findCommand(program, before);
  const { target } = found;
  const candidates = isGroup(target)
    ? found.words.length > 0 ? [] : proposeInGroup(target, typed)
    : await proposeInCommand(program, target, found.words, typed);
  return candidates.filter(({ value }) => value.startsWith(typed));
}

function proposeInGroup(group: CommandGroup, typed: string): Candidate[] {
  return typed.startsWith("-") ? proposeOptions(group, new Map()) : proposeCommands(group);
}

function proposeCommands({ commands }: CommandGroup): Candidate[] {
  return commands.filter(isShown).map(({ name, summary }) => ({
    value: name,
    description: summary,
  }));
}

async function proposeInCommand(
  program: CommandGroup,
  command: Command,
  before: readonly string[],
  typed: string,
): Promise<Candidate[]> {
  const tokens = tokenize(command, before);
  const options = new Map(
    Object.entries(command.options).map(([name, option]) => [optionName(name), option]),
  );
  const given = new Map(
    tokens.flatMap((token) =>
      token.kind === "option" ? [[`--${token.name}`, token.value] as const] : []
    ),
  );
  const last = tokens.at(-1);
  if (last?.kind === "option" && last.value === undefined) {
    const awaiting = options.get(`--${last.name}`);
    if (awaiting?.placeholder !== undefined) return await proposeValues(awaiting, typed, given);
  }
  const [, name = "", value = ""] = /^(--[^=]+)=(.*)$/s.exec(typed) ?? [];
  const option = options.get(name);
  if (option !== undefined) {
    const values = await proposeValues(option, value, given);
    return values.map((each) => ({ ...each, value: `${name}=${each.value}` }));
  }
  if (typed.startsWith("-")) return proposeOptions(command, given);
  const operands = tokens.flatMap((token) => token.kind === "positional" ? [token.value] : []);
  const operand = command.operands[operands.length] ??
    command.operands.findLast(({ repeats }) => repeats);
  if (operand?.complete === "command") {
    const { target, words } = findCommand(program, operands);
    return isGroup(target) && words.length === 0 ? proposeCommands(target) : [];
  }
  if (operand !== undefined) return await proposeValues(operand, typed, given);
  return proposeOptions(command, given);
}

/** The options that are not given yet, or may be given again. */
function proposeOptions({ options }: Command | CommandGroup, given: Given): Candidate[] {
  return Object.entries(withHelp(options)).flatMap(([name, { brief, repeatable }]) => {
    const value = optionName(name);
    return given.has(value) && !repeatable ? [] : [{ value, description: brief }];
  });
}

async function proposeValues(
  { choices, complete }: Option | Operand,
  typed: string,
  given: Given,
): Promise<Candidate[]> {
  if (choices !== undefined) return choices.map((value) => ({ value }));
  const folder = given.get("--store");
  const store = folder === undefined ? undefined : withHome(folder);
  if (complete === "image" || complete === "stored-image") {
    const { proposeImages } = await import(
      import.meta.resolve("./propose_images.ts")
    ) as typeof import("./propose_images.ts");
    return await proposeImages(typed, store, complete === "stored-image");
  }
  if (complete === "image-or-machine") {
    const [machines, images] = await Promise.all([
      proposeValues({ brief: "", name: "", complete: "machine" }, typed, given),
      proposeValues({ brief: "", name: "", complete: "image" }, typed, given),
    ]);
    return [...machines, ...images];
  }
  if (complete === "image-path") {
    const { proposeImagePaths } = await import(
      import.meta.resolve("./propose_image_paths.ts")
    ) as typeof import("./propose_image_paths.ts");
    return await proposeImagePaths(typed, { store, platform: given.get("--platform") });
  }
  if (complete === "machine" || complete === "running-machine" || complete === "machine-path") {
    const { proposeMachines } = await import(
      import.meta.resolve("./propose_machines.ts")
    ) as typeof import("./propose_machines.ts");
    const machines = await proposeMachines({ all: complete === "machine" });
    if (complete !== "machine-path") return machines;
    const paths = machines.map((each) => ({ ...each, value: `${each.value}:/` }));
    return [...paths, ...await proposeFiles(typed, "file")];
  }
  if (complete === "file" || complete === "folder") return await proposeFiles(typed, complete);
  return [];
}
