import type { ImageCommandOptions } from "../image_command_options.ts";

/** The options of `snapvm run`, as the command line has them. */
export interface RunOptions extends ImageCommandOptions {
  /** `--cpus`. */
  readonly cpus: number;
  /** `--memory`, in bytes. */
  readonly memory: number;
  /** `--karg`, as often as given. */
  readonly karg: readonly string[];
  /** `--kernel`. */
  readonly kernel?: string | undefined;
  /** `--timeout`, in milliseconds. */
  readonly timeout?: number | undefined;
  /** `--console-log`. */
  readonly consoleLog?: string | undefined;
  /** `--timing`. */
  readonly timing?: true | undefined;
  /** `--timing-json`. */
  readonly timingJson?: string | undefined;
  /** `--accel`. */
  readonly accel?: "kvm" | "hvf" | "tcg" | undefined;
  /** `--read-only`. */
  readonly readOnly?: boolean | undefined;
  /** `--debug`. */
  readonly debug?: true | undefined;
}
