import { join, snapvmHome } from "../host/mod.ts";
import { attachTerminal, paint, print } from "../ui/mod.ts";
import { connectMachine, findMachine } from "../machines/mod.ts";
import { Interruption } from "./interruption.ts";
import { tailSize } from "./machine/tail_size.ts";

interface ConsoleOptions {
  readonly debug?: true | undefined;
}

/** How many of the lines that a console has shown are shown first: somewhat more than a screen has. */
const REPLAYED_LINES = 60;

/** `snapvm console`. */
export async function attachConsole(_options: ConsoleOptions, name: string): Promise<void> {
  const machine = await findMachine(snapvmHome(), name);
  await using client = await connectMachine(machine);
  using interruption = new Interruption();
  if (Deno.stdin.isTerminal()) {
    const text = `The console of ${name}. Ctrl-] q leaves it; the machine goes on.\n`;
    print(paint(text, "dim"), Deno.stderr);
  }
  const replay = await tailSize(join(machine.path, "console.log"), REPLAYED_LINES);
  await using watch = client.console({ replay, input: true });
  const attached = await attachTerminal(watch, { signal: interruption.signal });
  interruption.signal.throwIfAborted();
  const how = attached === "quit" ? "Left the console." : "The machine has ended.";
  if (Deno.stdin.isTerminal()) print(`\n${how}\n`, Deno.stderr);
}
