/**
 * Waits until the names in a folder are on the disk: what was made, renamed or removed there survives a power failure.
 *
 * @param path The folder.
 */
export async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path);
  await folder.sync();
}
