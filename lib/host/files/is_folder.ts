/**
 * Says whether a folder is at a path. One that cannot be looked at counts as none.
 *
 * @param path The path; links are followed.
 * @returns Whether it is a folder.
 */
export async function isFolder(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
}
