import type { Backend } from "../machine.ts";
import type { SupervisorOptions } from "../supervisor/supervisor.ts";

/** What {@linkcode startPlanned} takes besides the plan. */
export interface StartPlannedOptions
  extends Pick<SupervisorOptions, "onEvent" | "onConsole" | "onProblem"> {
  /** The hypervisor, if it is not to be made from the plan. */
  readonly backend?: Backend | undefined;
  /** Ends the start when it aborts, and the machine if it runs already. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the disks have been cloned. */
  readonly onClone?: (() => void) | undefined;
  /** Called with what a user may want to know although nothing failed. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}
