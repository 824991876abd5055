import { type TerminalSize, terminalSize } from "../../ui/mod.ts";

/** The options of a command in a guest, as the command line has them. */
export interface CommandOptions {
  /** `--interactive`. */
  readonly interactive?: true | undefined;
  /** `--tty`. */
  readonly tty?: true | undefined;
  /** `--env`, as often as given. */
  readonly env: readonly string[];
  /** `--workdir`. */
  readonly workdir?: string | undefined;
  /** `--user`. */
  readonly user?: string | undefined;
}

/** What a terminal that does not know its size is taken for. */
const USUAL_SIZE: TerminalSize = { columns: 80, rows: 24 };

/** The size of this process's terminal, or the usual one. */
export function ownTerminalSize(): TerminalSize {
  return terminalSize() ?? USUAL_SIZE;
}

/** The variables that `--env` means: a name alone means the value that it has here, as with podman. */
export function commandEnvironment(env: readonly string[]): Record<string, string> {
  return Object.fromEntries(env.map((variable) => {
    const equals = variable.indexOf("=");
    return equals < 0
      ? [variable, Deno.env.get(variable) ?? ""]
      : [variable.slice(0, equals), variable.slice(equals + 1)];
  }));
}
