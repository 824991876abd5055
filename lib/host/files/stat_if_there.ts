/**
 * Looks at what is at a path. Links are followed.
 *
 * @param path The path.
 * @returns What is there; `undefined` if nothing is.
 * @throws What the system says if it cannot be looked at.
 */
export async function statIfThere(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
