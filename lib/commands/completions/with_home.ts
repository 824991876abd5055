/** A path with the home folder for its `~`, which the shell has not replaced in a line that is still being typed. */
export function withHome(path: string): string {
  return path.startsWith("~/") ? `${Deno.env.get("HOME") ?? ""}${path.slice(1)}` : path;
}
