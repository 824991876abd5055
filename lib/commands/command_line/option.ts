import { InvalidValue } from "./invalid_value.ts";

/**
 * What a shell proposes for a word: names of images (those that can be used, or all of which there is anything), paths
 * inside them, paths on this machine or in running ones, machines (all, or those that run), or
 * commands.
 */
export type Completion =
  | "image"
  | "stored-image"
  | "image-path"
  | "image-or-machine"
  | "file"
  | "folder"
  | "machine"
  | "running-machine"
  | "machine-path"
  | "command";

/** An option of a command: how help describes it, and how its value is made. */
export interface Option<Value = unknown> {
  /** What it does, in a line. */
  readonly brief: string;
  /** The letter that means the same after one dash. */
  readonly short?: string;
  /** What help calls its value. An option without this takes no value. */
  readonly placeholder?: string;
  /** The only values that it takes. */
  readonly choices?: readonly string[];
  /** Its default, as help shows it. */
  readonly defaultText?: string;
  /** Whether it has to be given. */
  readonly required?: boolean;
  /** Whether it may be given several times, and each time counts. */
  readonly repeatable?: boolean;
  /** The option that it cannot be used with. */
  readonly excludes?: string;
  /** What a shell proposes for its value. */
  readonly complete?: Completion;
  /** Makes its value from the texts that the command line gives for it, in their order. */
  readonly read: (given: readonly string[]) => Value | Promise<Value>;
}

/** Options by their names in code: `readOnly` is `--read-only`. */
export type Options = Readonly<Record<string, Option>>;

/** The values of some options. */
export type OptionValues<Of extends Options> = {
  readonly [Name in keyof Of]: Awaited<ReturnType<Of[Name]["read"]>>;
};

/** The facts about an option. */
type Facts = Omit<Option, "read">;

/** The facts about an option that takes a value. */
type ValueFacts<Value> = Facts & {
  readonly placeholder: string;
  /** Makes the value. Throws an {@linkcode InvalidValue} if the text is not one. */
  readonly parse: (text: string) => Value | Promise<Value>;
};

/** An option that takes no value. */
export function flag(facts: Facts): Option<true | undefined> {
  return { ...facts, read: (given) => given.length > 0 ? true : undefined };
}

/** An option that takes a value. The last one counts if it is given several times. */
export function valueOption<Value>(
  { parse, ...facts }: ValueFacts<Value>,
): Option<Value | undefined> {
  return { ...facts, read: async (given) => (await Promise.all(given.map(parse))).at(-1) };
}

/** An option with a default. */
export function defaultOption<Value>(
  { value, ...facts }: ValueFacts<Value> & {
    readonly defaultText: string;
    readonly value: Value;
  },
): Option<Value> {
  const { read, ...rest } = valueOption(facts);
  return { ...rest, read: async (given) => await read(given) ?? value };
}

/** An option that has to be given. */
export function requiredOption<Value>(facts: ValueFacts<Value>): Option<Value> {
  const { read, ...rest } = valueOption(facts);
  return {
    ...rest,
    required: true,
    read: async (given) => {
      const value = await read(given);
      if (value === undefined) throw new TypeError("A required option was not given");
      return value;
    },
  };
}

/** An option that takes a value and may be given several times. Every value counts. */
export function repeatableOption<Value>(
  { parse, ...facts }: ValueFacts<Value>,
): Option<readonly Value[]> {
  return { ...facts, repeatable: true, read: (given) => Promise.all(given.map(parse)) };
}

/** An option whose value is one of a few words. */
export function choiceOption<const Choice extends string>(
  facts: Omit<ValueFacts<Choice>, "choices" | "parse"> & { readonly choices: readonly Choice[] },
): Option<Choice | undefined> {
  const parse = (text: string): Choice => {
    const choice = facts.choices.find((each) => each === text);
    if (choice !== undefined) return choice;
    throw new InvalidValue(text, `Allowed choices are ${facts.choices.join(", ")}.`);
  };
  return valueOption({ ...facts, parse });
}

/** The name of an option on the command line: `--read-only` of `readOnly`. */
export function optionName(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** An option as help and messages show it: `-o, --output <dir>`. */
export function optionLabel(name: string, { short, placeholder }: Option): string {
  const value = placeholder === undefined ? "" : ` <${placeholder}>`;
  return `${short === undefined ? "" : `-${short}, `}${optionName(name)}${value}`;
}

/** Some options, and `--help`, which every command has. */
export function withHelp(options: Options): Options {
  return { ...options, help: flag({ brief: "print this help", short: "h" }) };
}
