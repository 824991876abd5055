import { snapvmHome } from "../host/mod.ts";
import { attachTerminal, paint, print } from "../ui/mod.ts";
import { connectMachine, findMachine } from "../vm/mod.ts";
import { Interruption } from "./interruption.ts";

interface ConsoleOptions {
  readonly debug?: true | undefined;
}

/** How much of what a console has shown is shown first, in bytes: somewhat more than a screen. */
const REPLAY = 8192;

/** `snapvm console`. */
export async function attachConsole(_options: ConsoleOptions, name: string): Promise<void> {
  const machine = await findMachine(snapvmHome(), name);
  await using client = await connectMachine(machine);
  using interruption = new Interruption();
  if (Deno.stdin.isTerminal()) {
    const text = `The console of ${name}. Ctrl-] q leaves it; the machine goes on.\n`;
    print(paint(text, "dim"), Deno.stderr);
  }
  await using watch = client.console({ replay: REPLAY, input: true });
  const attached = await attachTerminal(watch, { signal: interruption.signal });
  interruption.signal.throwIfAborted();
  const how = attached === "quit" ? "Left the console." : "The machine has ended.";
  if (Deno.stdin.isTerminal()) print(`\n${how}\n`, Deno.stderr);
}
