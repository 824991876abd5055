import type { GuestPlan } from "./guest_plan.ts";
import type { PrepareGuestOptions } from "./prepare_guest_options.ts";

/**
 * Works out what a guest gets so that the host can work with it: the agent, which is the first process of the
 * initramfs, what it needs to know, and the modules without which it cannot reach the host.
 *
 * @param options The guest.
 * @returns What to append to the initramfs and the kernel command line, and what the machine must have.
 * @throws {SnapvmError} `unusable-module` if the kernel needs modules to reach the host and they cannot be read.
 */
export async function prepareGuest(options: PrepareGuestOptions): Promise<GuestPlan> {
  // Only a machine that is made needs it: commands that work in one that runs use this room, too.
  const { makeGuestPlan } = await import(
    import.meta.resolve("./make_guest_plan.ts")
  ) as typeof import("./make_guest_plan.ts");
  return await makeGuestPlan(options);
}
