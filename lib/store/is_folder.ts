/** Whether there is a folder at a path; one that cannot be looked at is as good as none. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}
