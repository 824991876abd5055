import type { VirtualMachineEvent } from "../../../ffi/mod.ts";
import type { MachineEnd } from "../machine.ts";

/**
 * Why a machine of the framework ends. It exists before the machine does, so that no event is lost. The first
 * reason wins.
 */
export class EndReason {
  readonly #end = Promise.withResolvers<MachineEnd>();

  /** Settles, and never rejects, with the first reason. */
  get known(): Promise<MachineEnd> {
    return this.#end.promise;
  }

  /**
   * Gives a reason.
   *
   * @param end The reason; if there is one already, it is ignored.
   */
  give(end: MachineEnd): void {
    this.#end.resolve(end);
  }

  /**
   * Takes an event of the machine.
   *
   * @param event What the framework reports; it may come at any time.
   */
  takeEvent(event: VirtualMachineEvent): void {
    if (event.kind === "guest-stopped") {
      this.give({ reason: "power-off" });
    } else if (event.kind === "stopped-with-error") {
      this.give({ reason: "hypervisor-failed", detail: event.error });
    }
  }
}
