/**
 * Supervises a machine, as the process that `BackgroundSupervisor` starts: reads which one from the standard input, starts
 * it, tells the command that waits how that went, and stays until the machine ends.
 */
export async function supervise(): Promise<void> {
  const { superviseMachine } = await import(
    import.meta.resolve("./supervise_machine.ts")
  ) as typeof import("./supervise_machine.ts");
  await superviseMachine();
}
