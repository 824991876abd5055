import { defineCommand } from "../command_line/command.ts";

/** `snapvm supervise`, which the commands start that start machines in the background. */
export const superviseCommand = defineCommand({
  name: "supervise",
  summary: "own a machine that runs in the background",
  description: "Owns the machine whose folder is on standard input, until it ends.",
  operands: [],
  options: {},
  hidden: true,
  load: async () =>
    (await import(import.meta.resolve("../supervise.ts")) as typeof import("../supervise.ts"))
      .superviseMachine,
});
