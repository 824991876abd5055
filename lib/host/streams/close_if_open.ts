/**
 * Closes a connection or a listener that may have been closed already.
 *
 * @param resource What to close.
 */
export function closeIfOpen(resource: { close(): void }): void {
  try {
    resource.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
