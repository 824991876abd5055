#!/usr/bin/env -S deno run -A
/**
 * The `snapvm` command.
 *
 * @module
 */
import { runCommandLine } from "./lib/commands/mod.ts";

if (import.meta.main) {
  await runCommandLine(Deno.args);
  Deno.exit();
}
