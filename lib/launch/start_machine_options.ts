/** What {@linkcode startMachine} takes besides the name. */
export interface StartMachineOptions {
  /** Gives the start up when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Called with what a user may want to know although nothing failed. */
  readonly onNotice?: (notice: string) => void;
}
