import { startMachine } from "../launch/mod.ts";
import { print, printable } from "../ui/mod.ts";
import { Interruption } from "./interruption.ts";
import { forEachMachine } from "./machine/for_each_machine.ts";

interface StartOptions {
  readonly debug?: true | undefined;
}

/** `snapvm start`. */
export async function start(options: StartOptions, ...names: string[]): Promise<void> {
  using interruption = new Interruption();
  const { signal } = interruption;
  await forEachMachine(names, options, async (name) => {
    await startMachine(name, {
      signal,
      onNotice: (notice) => {
        if (options.debug) print(`debug: ${printable(notice)}\n`, Deno.stderr);
      },
    });
  });
}
