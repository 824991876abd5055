import { type Command, type CommandGroup, defineCommand } from "../command_line/command.ts";
import { paragraphs } from "../paragraphs.ts";
import { debugOption } from "./shared_options.ts";

/** `snapvm completions`. */
export const completionsCommand = defineCommand({
  name: "completions",
  summary: "print a script for Tab completion in a shell",
  description: paragraphs(`
Prints a script for a shell. With it the Tab key completes commands, options and their values, the names of the images
in the stores, and paths inside them.

bash, in ~/.bashrc: eval "$(snapvm completions bash)"

zsh, in ~/.zshrc after compinit: eval "$(snapvm completions zsh)"

fish, in ~/.config/fish/config.fish: snapvm completions fish | source
`),
  operands: [{ name: "SHELL", brief: "which shell", choices: ["bash", "zsh", "fish"] }],
  options: { debug: debugOption },
  load: async () =>
    (await import(
      import.meta.resolve("../completions/print_script.ts")
    ) as typeof import("../completions/print_script.ts")).printScript,
});

/** `snapvm complete`, which the scripts for shells call. */
export function completeCommand(program: () => CommandGroup): Command {
  return defineCommand({
    name: "complete",
    summary: "print what the last of some words can become",
    description: "Prints what the last word of a command line can become, a candidate a line.",
    operands: [{
      name: "WORD",
      brief: "a word",
      optional: true,
      repeats: true,
      afterDashes: true,
    }],
    options: {},
    hidden: true,
    load: async () => {
      const { printCandidates } = await import(
        import.meta.resolve("../completions/print_candidates.ts")
      ) as typeof import("../completions/print_candidates.ts");
      return (_options, ...words) => printCandidates(program(), words);
    },
  });
}
