import type { CpioEntry } from "../../boot/mod.ts";

/** What a guest gets so that the host can work with it. */
export interface GuestPlan {
  /** The files to append to the initramfs. */
  readonly files: readonly CpioEntry[];
  /** The arguments to add to the kernel command line. */
  readonly kernelArguments: readonly string[];
  /** The names of the virtio console ports that the machine must have: that of the agent. */
  readonly ports: readonly string[];
  /** A line that each boot writes to a port when it reaches the initramfs. Its group differs from boot to boot. */
  readonly bootMark: { readonly port: string; readonly line: RegExp };
}
