/**
 * Says whether a regular file is at a path. One that cannot be looked at counts as none.
 *
 * @param path The path; links are followed.
 * @returns Whether it is a file.
 */
export async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isFile }) => isFile, () => false);
}
