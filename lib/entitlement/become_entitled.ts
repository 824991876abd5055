import { EntitlementMissing } from "../vm/errors.ts";
import { makeEntitledCopy } from "./entitled_copy.ts";
import { isEntitled } from "./entitlement.ts";
import { replaceProcess } from "./replace_process.ts";

/** Says to the copy that it is one: it does not make another. */
const MARKER = "SNAPVM_ENTITLED_COPY";

/** What {@linkcode becomeEntitled} knows of this process and can do with it. Tests give answers of their own. */
export interface ThisProcess {
  /** The operating system, as in `Deno.build.os`. */
  readonly os: string;
  /** The program that runs: Deno, or snapvm as one file. */
  readonly executable: string;
  /** Whether the program is snapvm as one file. */
  readonly standalone: boolean;
  /** The module that was started. */
  readonly mainModule: string;
  /** The words behind it. */
  readonly args: readonly string[];
  /** The environment. */
  readonly environment: Pick<typeof Deno.env, "get" | "set" | "delete">;
  /** Whether a program has the entitlement; `undefined` where that cannot be seen. */
  isEntitled(executable: string): Promise<boolean | undefined>;
  /** Makes a copy of a program that has it. */
  makeEntitledCopy(executable: string): Promise<string>;
  /** Starts another program in this one's place. */
  replaceProcess(program: string, args: readonly string[]): void;
}

/**
 * Makes sure that this process may use Virtualization.framework. macOS looks at the signature of the program that runs,
 * and neither Deno's own nor one that something has damaged allows it: then this process goes on as a signed copy of
 * the program, from the beginning and with the same arguments. Elsewhere than on macOS there is nothing to do.
 *
 * @param folder Where the copy is kept: a folder that only this user can write to.
 * @param process This process.
 * @throws {EntitlementMissing} If there is no way to the entitlement.
 */
export async function becomeEntitled(
  folder: string,
  process: ThisProcess = thisProcess(folder),
): Promise<void> {
  const { os, executable, standalone, mainModule, args, environment } = process;
  if (os !== "darwin") return;
  const isCopy = environment.get(MARKER) !== undefined;
  // It is for the copy alone, and not for the programs that it starts.
  environment.delete(MARKER);
  const entitled = await process.isEntitled(executable);
  if (entitled === true || (entitled === undefined && isCopy)) return;
  if (isCopy) {
    throw new EntitlementMissing(
      `Cannot use Virtualization.framework: ${executable} was signed for it and has lost its signature`,
      `Remove it and try again, or run with --backend qemu: rm ${JSON.stringify(executable)}.`,
    );
  }
  const copy = await process.makeEntitledCopy(executable);
  environment.set(MARKER, "1");
  // Whoever can start programs, as snapvm has to, can do everything: the copy needs no narrower permissions than that.
  process.replaceProcess(
    copy,
    standalone ? args : ["run", "--allow-all", mainModule, ...args],
  );
}

function thisProcess(folder: string): ThisProcess {
  return {
    os: Deno.build.os,
    executable: Deno.execPath(),
    standalone: Deno.build.standalone,
    mainModule: Deno.mainModule,
    args: Deno.args,
    environment: Deno.env,
    isEntitled,
    makeEntitledCopy: (executable) => makeEntitledCopy(executable, { folder }),
    replaceProcess,
  };
}
