/** A command to run in the guest. */
export interface GuestCommand {
  /** The program, by name or path, and its arguments. They arrive unchanged; no shell interprets them. */
  readonly arguments: readonly string[];
  /** Environment variables, in addition to `HOME`, `PATH`, `USER`, `LOGNAME`, `SHELL` and `TERM` or instead of them. */
  readonly environment?: Readonly<Record<string, string>>;
}
