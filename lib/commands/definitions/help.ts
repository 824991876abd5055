import { type Command, type CommandGroup, defineCommand } from "../command_line/command.ts";

/** `snapvm help`. It takes a function because the program contains this command itself. */
export function helpCommand(program: () => CommandGroup): Command {
  return defineCommand({
    name: "help",
    summary: "print the help of a command",
    description: "Prints the help of a command, as --help after the command does.",
    operands: [
      {
        name: "COMMAND",
        brief: "which one: run, fs ls",
        optional: true,
        repeats: true,
        complete: "command",
      },
    ],
    options: {},
    load: async () => {
      const { printHelp } = await import(
        import.meta.resolve("../help.ts")
      ) as typeof import("../help.ts");
      return (_options, ...words) => printHelp(program(), words);
    },
  });
}
