import {
  findEntitledCopy,
  isEntitled,
  makeEntitledCopy,
  VIRTUALIZATION_ENTITLEMENT,
} from "../../entitlement/mod.ts";
import { type Finding, findingOf } from "./finding.ts";

/** The running program, and its signed copy. Tests give answers of their own. */
export interface SignedProgram {
  /** The program's path. */
  readonly executable: string;
  /** Whether it has the entitlement; `undefined` if that cannot be found out. */
  isEntitled(): Promise<boolean | undefined>;
  /** The path of its copy that has it, if there is one. */
  findCopy(): Promise<string | undefined>;
  /** Makes such a copy. */
  makeCopy(): Promise<string>;
}

/** The program that runs now, and its copy in `folder`. */
export function thisProgram(folder: string): SignedProgram {
  const executable = Deno.execPath();
  return {
    executable,
    isEntitled: () => isEntitled(executable),
    findCopy: () => findEntitledCopy(executable, folder),
    makeCopy: () => makeEntitledCopy(executable, { folder }),
  };
}

/** Whether macOS lets this program use Virtualization.framework. If it does not, `fix` makes a copy that may. */
export async function checkEntitlement(program: SignedProgram, fix: boolean): Promise<Finding> {
  const check = "entitlement";
  const { executable } = program;
  try {
    if (await program.isEntitled()) {
      return { check, state: "ok", finding: `${executable} has ${VIRTUALIZATION_ENTITLEMENT}` };
    }
    const lacks = `${executable} does not have ${VIRTUALIZATION_ENTITLEMENT}`;
    const copy = await program.findCopy() ?? (fix ? await program.makeCopy() : undefined);
    if (copy !== undefined) {
      return { check, state: "ok", finding: `${lacks}, its signed copy has: ${copy}` };
    }
    return {
      check,
      state: "note",
      finding: lacks,
      advice:
        "The first snapvm run makes a signed copy by itself; snapvm doctor --fix makes it now.",
    };
  } catch (error) {
    return findingOf(error, check, "missing");
  }
}
