import { print } from "../../ui/mod.ts";
import { printableName } from "./entry.ts";

/** Says on standard error that a name leads to nothing that can be read. */
export function warnOfDeadName(entry: { readonly path: string; readonly error: Error }): void {
  print(`warning: ${printableName(entry.path)}: ${entry.error.message}\n`, Deno.stderr);
}
