import type { DeadNames } from "../../store/mod.ts";

/** What dead names mean, a sentence without a full stop for each. */
export function deadNameProblems({ names }: DeadNames): string[] {
  return names.map(({ path, reason }) => `${path} is dead in this snapshot: ${reason}`);
}

/** What to do about dead names. */
export function deadNamesAdvice({ hasLayers }: DeadNames): string {
  return hasLayers
    ? "Its layers are here: --unpack uses snapvm's own snapshot of them. " +
      "`snapvm check` lists what is wrong with this one."
    : "It was not unpacked well: `snapvm check` lists what else is wrong with it.";
}
