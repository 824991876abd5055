/**
 * How far a launch has come: `resolve` looks the image up, `pull` brings or unpacks it if it is not there, `extract` takes
 * the kernel out of it, `clone` clones the disk; the others are the guest's own.
 */
export type LaunchStage =
  | "resolve"
  | "pull"
  | "extract"
  | "clone"
  | "firmware and kernel"
  | "initramfs"
  | "userspace"
  | "command";

const PREPARED = "being prepared";

/** What the guest is doing in each stage. */
const DOING: Readonly<Record<LaunchStage, string>> = {
  "resolve": PREPARED,
  "pull": PREPARED,
  "extract": PREPARED,
  "clone": PREPARED,
  "firmware and kernel": "starting its kernel",
  "initramfs": "in its initramfs",
  "userspace": "starting its services",
  "command": "running the command",
};

/**
 * What a guest is doing in a stage, to say when it failed.
 *
 * @param stage The stage.
 * @returns The end of a sentence such as "the guest was still …".
 */
export function describeStage(stage: LaunchStage): string {
  return DOING[stage];
}
