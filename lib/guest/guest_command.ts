/** What is run in the guest. */
export interface GuestCommand {
  /** The program, by name or path, and its arguments; they arrive exactly as they are. No shell reads them. */
  readonly arguments: readonly string[];
  /** Environment variables beside `HOME`, `PATH`, `USER`, `LOGNAME`, `SHELL` and `TERM`, or in their place. */
  readonly environment?: Readonly<Record<string, string>>;
}
