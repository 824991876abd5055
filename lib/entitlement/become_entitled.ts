import { SnapvmError } from "../error/mod.ts";
import { makeEntitledCopy } from "./entitled_copy.ts";
import { isEntitled } from "./is_entitled.ts";
import { replaceProcess } from "./replace_process.ts";

/** Tells the copy that it is one, so that it does not make another. */
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
  /** The words after it. */
  readonly args: readonly string[];
  /** The environment. */
  readonly environment: Pick<typeof Deno.env, "get" | "set" | "delete">;
  /** Whether a program has the entitlement; `undefined` if that cannot be seen. */
  isEntitled(executable: string): Promise<boolean | undefined>;
  /** Makes a copy of a program that has it. */
  makeEntitledCopy(executable: string): Promise<string>;
  /** Starts another program in this one's place. */
  replaceProcess(program: string, args: readonly string[]): void;
}

/**
 * Makes sure that this process may use Virtualization.framework. macOS looks at the signature of the program that runs,
 * and neither Deno's own nor a damaged one allows it: then this process continues as a signed copy of the program, from
 * the beginning and with the same arguments. On other systems there is nothing to do.
 *
 * @param folder Where the copy is kept: a folder that only this user can write to.
 * @param process This process.
 * @throws {SnapvmError} `entitlement-missing` if there is no way to the entitlement, `folder-not-private` if others can
 * write to the folder.
 */
export async function becomeEntitled(
  folder: string,
  process: ThisProcess = thisProcess(folder),
): Promise<void> {
  const { os, executable, standalone, mainModule, args, environment } = process;
  if (os !== "darwin") return;
  const isCopy = environment.get(MARKER) !== undefined;
  // It is for the copy alone, not for the programs that it starts.
  environment.delete(MARKER);
  const entitled = await process.isEntitled(executable);
  if (entitled === true || (entitled === undefined && isCopy)) return;
  if (isCopy) {
    throw new SnapvmError(
      "entitlement-missing",
      `Cannot use Virtualization.framework: ${executable} was signed for it and has lost its signature`,
      { data: { program: executable, reason: "signature-lost" } },
    );
  }
  const copy = await process.makeEntitledCopy(executable);
  environment.set(MARKER, "1");
  // A program that can start others, as snapvm must, can do everything: narrower permissions would be of no use.
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
