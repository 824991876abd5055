import type { Command } from "./command_line/command.ts";

/** The files that define the commands which are called again and again, by people and by other programs. */
const FILES: Readonly<Record<string, string>> = {
  run: "./definitions/run.ts",
  ps: "./definitions/machines.ts",
  exec: "./definitions/work.ts",
  shell: "./definitions/work.ts",
  ssh: "./definitions/work.ts",
  "ssh-proxy": "./definitions/work.ts",
  cp: "./definitions/work.ts",
};

/**
 * Finds a command that is called often, without what defines all the others.
 *
 * @param word The first word of a command line.
 * @returns The command; `undefined` if it has to be looked for among all.
 */
export async function findOften(word: string | undefined): Promise<Command | undefined> {
  if (word === undefined || !Object.hasOwn(FILES, word)) return undefined;
  const file = import.meta.resolve(FILES[word]!);
  const definitions: Readonly<Record<string, Command>> = await import(file);
  return Object.values(definitions).find(({ name }) => name === word);
}
