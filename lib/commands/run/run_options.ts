import type { InstanceTypeName } from "../command_line/instance_types.ts";
import type { DiskWord } from "../command_line/parse_disk.ts";
import type { PortWord } from "../command_line/parse_port.ts";
import type { Volume } from "../command_line/parse_volume.ts";
import type { CommandOptions } from "../machine/command_options.ts";
import type { ImageCommandOptions } from "../image_command_options.ts";

/** The options of `snapvm run`, as the command line has them. */
export interface RunOptions extends ImageCommandOptions, CommandOptions {
  /** `--detach`. */
  readonly detach?: true | undefined;
  /** `--name`. */
  readonly name?: string | undefined;
  /** `--keep`. */
  readonly keep?: true | undefined;
  /** `--rm`. */
  readonly rm?: true | undefined;
  /** `--publish`, as often as given. */
  readonly publish: readonly PortWord[];
  /** `--cpus`. */
  readonly cpus?: number | undefined;
  /** `--memory`, in bytes. */
  readonly memory?: number | undefined;
  /** `--itype`. */
  readonly itype?: InstanceTypeName | undefined;
  /** `--volume`, as often as given. */
  readonly volume: readonly Volume[];
  /** `--disk`, as often as given. */
  readonly disk: readonly DiskWord[];
  /** `--swap`, in bytes. */
  readonly swap?: number | undefined;
  /** `--disk-size`, in bytes. */
  readonly diskSize?: number | undefined;
  /** `--ignition`. */
  readonly ignition?: string | undefined;
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
  /** `--writable`. */
  readonly writable?: boolean | undefined;
  /** `--selinux`. */
  readonly selinux?: boolean | undefined;
  /** `--read-only`. */
  readonly readOnly?: boolean | undefined;
  /** `--debug`. */
  readonly debug?: true | undefined;
}
