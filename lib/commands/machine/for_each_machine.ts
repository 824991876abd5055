import { ExitStatus, print, reportError } from "../../ui/mod.ts";
import { adviceFor } from "../advice.ts";

/** Does something with several machines and prints the name of each. One that fails keeps none of the others. */
export async function forEachMachine(
  names: readonly string[],
  { debug = false }: { readonly debug?: true | undefined | false },
  act: (name: string) => Promise<void>,
): Promise<void> {
  const results = await Promise.allSettled(names.map(act));
  for (const [index, result] of results.entries()) {
    if (result.status === "fulfilled") print(`${names[index]}\n`);
    else {
      const report = reportError(result.reason, { debug, advise: adviceFor });
      print(report.text, Deno.stderr);
      Deno.exitCode = ExitStatus.failure;
    }
  }
}
