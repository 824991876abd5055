/**
 * Closes a connection that somebody else may have closed already.
 *
 * @param connection The connection.
 */
export function closeIfOpen(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
