import { print, printable } from "../../ui/mod.ts";
import { printableName } from "./entry.ts";
import { printableBytes } from "./printable_bytes.ts";

/** Says on standard error that something in the image cannot be read. */
export function warnUnreadable(
  { path, error }: { readonly path: string | Uint8Array; readonly error: Error },
): void {
  const shown = typeof path === "string" ? printableName(path) : printableBytes(path);
  print(`warning: ${shown}: ${printable(error.message)}\n`, Deno.stderr);
}
