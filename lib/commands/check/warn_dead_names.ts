import type { DeadNames } from "../../store/mod.ts";
import { paint, print, printable } from "../../ui/mod.ts";
import { deadNameProblems, deadNamesAdvice } from "./dead_name_texts.ts";

/** Says on standard error that a snapshot has dead names, and what to do about it. */
export function warnDeadNames(deadNames: DeadNames): void {
  const warnings = deadNameProblems(deadNames)
    .map((problem) => `${paint("warning:", "yellow")} ${printable(problem)}\n`);
  const hint = `${paint("hint:", "cyan")} ${deadNamesAdvice(deadNames)}\n`;
  print(warnings.join("") + hint, Deno.stderr);
}
