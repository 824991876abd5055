import { type Command, type CommandGroup, isGroup, isShown, type Operand } from "./command.ts";
import type { FoundCommand } from "./find_command.ts";
import { type Option, optionLabel, withHelp } from "./option.ts";
import { wrap } from "./wrap.ts";

/** A word that help explains, and its explanation. */
type Row = readonly [label: string, text: string];

/** What help says about a command or a group, in lines of at most `width` characters. */
export function formatHelp({ path, target }: FoundCommand, width: number): string {
  const sections = {
    Arguments: isGroup(target) ? [] : target.operands.map(({ name, brief }): Row => [name, brief]),
    Options: Object.entries(withHelp(target.options)).map(([name, option]): Row => [
      optionLabel(name, option),
      textOf(option),
    ]),
    Commands: isGroup(target)
      ? target.commands.filter(isShown).map((each): Row => [
        [each.name, ...usageOf(each)].join(" "),
        each.summary,
      ])
      : [],
  };
  const labels = Object.values(sections).flat().map(([label]) => label.length);
  const column = 2 + Math.max(...labels) + 2;
  const parts = [
    wrap(["Usage:", path, "[options]", ...usageOf(target)].join(" "), width),
    paragraphs(target.description, width),
    ...Object.entries(sections).filter(([, rows]) => rows.length > 0).map(([title, rows]) => {
      const lines = rows.map(([label, text]) =>
        `  ${label}`.padEnd(column) + wrap(text, width, column)
      );
      return `${title}:\n${lines.join("\n")}`;
    }),
    ...isGroup(target) && target.footer !== undefined ? [paragraphs(target.footer, width)] : [],
  ];
  return parts.join("\n\n") + "\n";
}

function paragraphs(text: string, width: number): string {
  return text.split("\n").map((paragraph) => wrap(paragraph, width)).join("\n");
}

function textOf({ brief, defaultText, choices }: Option): string {
  const value = defaultText === undefined ? "" : ` (default: ${defaultText})`;
  return `${brief}${value}${choices === undefined ? "" : ` (choices: ${choices.join(", ")})`}`;
}

/** What follows the name besides options that can be left out: `IMAGE`, `-o DIR`. */
function usageOf(target: Command | CommandGroup): string[] {
  if (isGroup(target)) return [target.usage];
  const required = Object.values(target.options).filter((option) => option.required)
    .map(({ short, placeholder }) => `-${short} ${placeholder?.toUpperCase()}`);
  return [...target.operands.map(usageOfOperand), ...required];
}

function usageOfOperand({ name, repeats, optional, afterDashes }: Operand): string {
  const word = `${afterDashes ? "-- " : ""}${name}${repeats ? "..." : ""}`;
  return optional ? `[${word}]` : word;
}
