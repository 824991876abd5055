import { type Option, optionName, withHelp } from "./option.ts";
import type { Command } from "./command.ts";

/** A part of a command line: an option as it was written, with its value if it has one, or any other word. */
export type Token =
  | {
    readonly kind: "option";
    /** Its whole name without the dashes; the letter if no option has it. */
    readonly name: string;
    /** As it was written: `--output`, `-o`. */
    readonly rawName: string;
    readonly value: string | undefined;
  }
  | { readonly kind: "positional"; readonly value: string };

/**
 * Takes words apart by the utility syntax guidelines of POSIX (XBD 12.2) and GNU's long options, also if they are wrong:
 * Takes words apart by the utility syntax guidelines of POSIX (XBD 12.2) and GNU's long options, even if they are wrong:, `--output dir`, `-o dir`, `-odir`, `-lR`, and nothing but operands after `--`. The value of an option
 * may begin with a dash.
 */
export function tokenize(
  { options, optionsEndAfter = Infinity }: Command,
  words: readonly string[],
): Token[] {
  const known = new Map<string, KnownOption>();
  for (const [key, option] of Object.entries({ ...withHelp(options), version: VERSION })) {
    const name = optionName(key).slice("--".length);
    const entry = { name, takesValue: option.placeholder !== undefined };
    known.set(`--${name}`, entry);
    if (option.short !== undefined) known.set(`-${option.short}`, entry);
  }
  const tokens: Token[] = [];
  const rest = words.values();
  const add = (rawName: string, attached: string | undefined) => {
    const { name, takesValue } = known.get(rawName) ??
      { name: rawName.replace(/^--?/, ""), takesValue: false };
    const value = attached ?? (takesValue ? rest.next().value : undefined);
    tokens.push({ kind: "option", name, rawName, value });
  };
  for (const word of rest) {
    if (tokens.filter(({ kind }) => kind === "positional").length >= optionsEndAfter) {
      if (word !== "--") tokens.push({ kind: "positional", value: word });
      for (const value of rest) tokens.push({ kind: "positional", value });
    } else if (word === "--") {
      for (const value of rest) tokens.push({ kind: "positional", value });
    } else if (word.startsWith("--")) {
      const equals = word.indexOf("=", "--".length + 1);
      if (equals < 0) add(word, undefined);
      else add(word.slice(0, equals), word.slice(equals + 1));
    } else if (word.startsWith("-") && word !== "-") {
      addLetters(word.slice(1));
    } else {
      tokens.push({ kind: "positional", value: word });
    }
  }
  return tokens;

  /** Letters in a row. The text after one that takes a value is its value. */
  function addLetters(letters: string): void {
    for (const [index, letter] of [...letters].entries()) {
      const attached = letters.slice(index + 1);
      const takesRest = attached !== "" && known.get(`-${letter}`)?.takesValue === true;
      add(`-${letter}`, takesRest ? attached : undefined);
      if (takesRest) return;
    }
  }
}

/** Every command takes `--version` too. */
const VERSION: Pick<Option, "short" | "placeholder"> = { short: "V" };

interface KnownOption {
  /** Its whole name without the dashes. */
  readonly name: string;
  readonly takesValue: boolean;
}
