import { SnapvmError } from "../error/mod.ts";
import type { GuestFailure } from "../guest/mod.ts";
import type { LaunchStage } from "./launch_stage.ts";

/**
 * The failure of a guest that waits for somebody at its console.
 *
 * @param mode What it went into.
 * @param initramfs Whether it did in its initramfs.
 * @param stage How far it had come.
 * @returns The error, `guest-failed`.
 */
export function guestFailed(
  mode: GuestFailure,
  initramfs: boolean,
  stage: LaunchStage,
): SnapvmError<"guest-failed"> {
  const name = mode === "initramfs-shell" ? "the initramfs's shell" : `${mode} mode`;
  const where = initramfs && mode !== "initramfs-shell" ? " in the initramfs" : "";
  return new SnapvmError(
    "guest-failed",
    `Cannot run the command: the guest went into ${name}${where}`,
    { data: { mode, initramfs, stage } },
  );
}
