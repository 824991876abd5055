import type { Command } from "./command.ts";
import { InvalidValue } from "./invalid_value.ts";
import { type Option, optionLabel, optionName, withHelp } from "./option.ts";
import { suggestion } from "./suggestion.ts";
import { tokenize } from "./tokenize.ts";
import { wrongUsage } from "./wrong_usage.ts";

/** The words after a command's name, parsed. */
export interface ParsedWords {
  /** The values of all its options. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The other words. */
  readonly operands: readonly string[];
}

/** The texts that were given for each option, one for each time. */
type Given = ReadonlyMap<string, readonly string[]>;

/**
 * Parses the words after a command's name.
 *
 * @param command The command.
 * @param path The words up to it, for messages.
 * @param words The words after it.
 * @returns The options and operands; `"help"` or `"version"` if the words ask for that instead.
 * @throws {CommandFailure} If they are wrong.
 */
export async function parseWords(
  command: Command,
  path: string,
  words: readonly string[],
): Promise<ParsedWords | "help" | "version"> {
  const tokens = tokenize(command, words);
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    if (name !== "help" && name !== "version") continue;
    if (value === undefined) return name;
    throw wrongUsage(path, `option '${rawName}' takes no argument`);
  }
  const given = new Map<string, string[]>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const { rawName, value } = token;
    const [name, option] = Object.entries(command.options)
      .find(([name]) => optionName(name) === `--${token.name}`) ?? [];
    if (name === undefined || option === undefined) {
      const known = Object.keys(withHelp(command.options)).map(optionName);
      throw wrongUsage(path, `unknown option '${rawName}'${await suggestion(rawName, known)}`);
    }
    const label = `option '${optionLabel(name, option)}'`;
    if (option.placeholder === undefined) {
      if (value !== undefined) throw wrongUsage(path, `${label} takes no argument`);
    } else if (value === undefined) throw wrongUsage(path, `${label} argument missing`);
    given.set(name, [...given.get(name) ?? [], value ?? ""]);
  }
  const options = await readOptions(command, path, given);
  checkOperands(command, path, operands);
  return { options, operands };
}

async function readOptions(
  { options }: Command,
  path: string,
  given: Given,
): Promise<Record<string, unknown>> {
  for (const [name, { excludes, required }] of Object.entries(options)) {
    const label = `option '${labelOf(name)}'`;
    if (required && !given.has(name)) throw wrongUsage(path, `required ${label} not specified`);
    if (excludes !== undefined && given.has(name) && given.has(excludes)) {
      throw wrongUsage(path, `${label} cannot be used with option '${labelOf(excludes)}'`);
    }
  }
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(options)) {
    try {
      values[name] = await option.read(given.get(name) ?? []);
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      const { text, message } = error;
      throw wrongUsage(path, `option '${labelOf(name)}' argument '${text}' is invalid. ${message}`);
    }
  }
  return values;

  function labelOf(name: string): string {
    return optionLabel(name, options[name] as Option);
  }
}

function checkOperands(
  { name, operands: expected }: Command,
  path: string,
  operands: readonly string[],
): void {
  const missing = expected.slice(operands.length).find(({ optional }) => !optional);
  if (missing !== undefined) throw wrongUsage(path, `missing required argument '${missing.name}'`);
  for (const [index, { name, choices }] of expected.entries()) {
    const word = operands[index];
    if (word === undefined || choices === undefined || choices.includes(word)) continue;
    const allowed = `Allowed choices are ${choices.join(", ")}.`;
    throw wrongUsage(path, `argument '${word}' is invalid for '${name}'. ${allowed}`);
  }
  const most = expected.at(-1)?.repeats ? Infinity : expected.length;
  if (operands.length <= most) return;
  const wanted = `${most} argument${most === 1 ? "" : "s"}`;
  const got = `${operands.length}: ${operands.join(", ")}`;
  throw wrongUsage(path, `too many arguments for '${name}'. Expected ${wanted} but got ${got}.`);
}
