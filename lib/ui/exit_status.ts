/** What the exit statuses of snapvm mean, where they are not those of a command run in a guest. */
export const ExitStatus: {
  /** Everything was done. */
  readonly success: 0;
  /** Something failed. */
  readonly failure: 1;
  /** The command line was wrong. */
  readonly usage: 2;
  /** `--timeout` ran out, as for `timeout(1)`. */
  readonly timeout: 124;
  /** snapvm itself failed before the guest ran. */
  readonly notStarted: 125;
  /** Ctrl-C, as for a shell: 128 + SIGINT. */
  readonly interrupted: 130;
} = { success: 0, failure: 1, usage: 2, timeout: 124, notStarted: 125, interrupted: 130 };
