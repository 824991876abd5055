/** The exit statuses of snapvm, unless it exits with the status of a command in a guest. */
export const ExitStatus: {
  /** Everything went well. */
  readonly success: 0;
  /** Something failed. */
  readonly failure: 1;
  /** The command line was wrong. */
  readonly usage: 2;
  /** Nothing wrong was found, but not everything could be looked at. */
  readonly incomplete: 3;
  /** Time ran out, as with `timeout(1)`. */
  readonly timeout: 124;
  /** snapvm itself failed before the guest ran. */
  readonly notStarted: 125;
  /** Ctrl-C, as with a shell: 128 + SIGINT. */
  readonly interrupted: 130;
} = {
  success: 0,
  failure: 1,
  usage: 2,
  incomplete: 3,
  timeout: 124,
  notStarted: 125,
  interrupted: 130,
};
