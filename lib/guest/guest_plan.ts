import type { CpioEntry } from "../boot/mod.ts";

/** What a guest is given, so that the host can work with it. */
export interface GuestPlan {
  /** What is appended to the initramfs. */
  readonly files: readonly CpioEntry[];
  /** What is added to the kernel command line. */
  readonly kernelArguments: readonly string[];
  /** The names of the virtio console ports that the machine must have. */
  readonly ports: readonly string[];
  /** What ends the command's output and error output; absent where there is no command. */
  readonly endMark?: string;
}
