/** Removes a file, or a folder with all that is in it where `options` say so; what is not there is no error. */
export async function removeIfThere(path: string, options: Deno.RemoveOptions = {}): Promise<void> {
  try {
    await Deno.remove(path, options);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
