import type { GuestEvent } from "../guest/mod.ts";
import { guestFailed } from "./guest_failed.ts";
import type { LaunchStage } from "./launch_stage.ts";

/** Follows the boot of a guest by the events of its agent. */
export class GuestBoot {
  /** Settles when the guest is ready; rejects with `guest-failed` if it waits for somebody at its console instead. */
  readonly ready: Promise<void>;
  readonly #ready = Promise.withResolvers<void>();
  readonly #enter: (stage: LaunchStage, time: number) => void;
  readonly #reached = new Set<string>();

  /**
   * Begins with a machine that has just been started.
   *
   * @param enter Called when a stage begins, with the time on the clock of `performance.now()`.
   */
  constructor(enter: (stage: LaunchStage, time: number) => void) {
    this.#enter = enter;
    this.ready = this.#ready.promise;
    // Without a command nobody waits for it.
    this.ready.catch(() => {});
  }

  /** Takes an event. */
  take(event: GuestEvent): void {
    if (event.kind === "failure") {
      const initramfs = !this.#reached.has("userspace");
      const stage = initramfs ? "initramfs" : "userspace";
      this.#ready.reject(guestFailed(event.mode, initramfs, stage));
    }
    if (event.kind !== "stage" || this.#reached.has(event.name)) return;
    this.#reached.add(event.name);
    if (event.name === "ready") return this.#ready.resolve();
    this.#enter(event.name, performance.now() - Math.max(0, event.now - event.then) * 1000);
  }
}
