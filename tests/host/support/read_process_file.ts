/**
 * Reads a file of a process or a thread below `/proc`.
 *
 * @param path The file.
 * @returns Its text; `undefined` if the process or thread has ended, before the file was opened or before it was read.
 */
export function readProcessFile(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    // Deno has no class for ESRCH, which is what a file says that was opened in time.
    if (error instanceof Deno.errors.NotFound || /\(os error 3\)/.test(`${error}`)) {
      return undefined;
    }
    throw error;
  }
}
