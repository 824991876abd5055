/**
 * Removes a file or a folder. If nothing is there, this does nothing.
 *
 * @param path What to remove; a link is removed itself.
 * @param options Whether to remove what is in a folder, too.
 */
export async function removeIfThere(path: string, options: Deno.RemoveOptions = {}): Promise<void> {
  try {
    await Deno.remove(path, options);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
