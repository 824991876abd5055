/**
 * Paths of POSIX systems, with the names and the answers of `node:path`. Loading anything of Node's takes 12 ms, half as
 * long as a whole empty program, and every command needs this.
 *
 * @module
 */

/**
 * Says whether a path starts at the root.
 *
 * @param path The path.
 * @returns Whether it is absolute.
 */
export function isAbsolute(path: string): boolean {
  return path.startsWith("/");
}

/**
 * Joins parts of a path, and takes `.`, `..` and doubled slashes out of it.
 *
 * @param parts The parts; empty ones do not count.
 * @returns The path; `.` if nothing is left.
 */
export function join(...parts: readonly string[]): string {
  const path = parts.filter((part) => part !== "").join("/");
  const names = plainNames(path);
  if (names.length === 0) return isAbsolute(path) ? "/" : path.endsWith("/") ? "./" : ".";
  return `${isAbsolute(path) ? "/" : ""}${names.join("/")}${path.endsWith("/") ? "/" : ""}`;
}

/**
 * Makes a path absolute: the last part that is absolute counts, and those after it.
 *
 * @param parts The parts; the current folder stands before them.
 * @returns An absolute path without `.`, `..` and a slash at its end.
 */
export function resolve(...parts: readonly string[]): string {
  const first = parts.findLastIndex(isAbsolute);
  const path = first < 0 ? [Deno.cwd(), ...parts] : parts.slice(first);
  return `/${plainNames(path.join("/")).join("/")}`;
}

/**
 * The last name of a path.
 *
 * @param path The path; slashes at its end do not count.
 * @returns The name; an empty one for the root.
 */
export function basename(path: string): string {
  return /([^/]*)\/*$/.exec(path)?.[1] ?? "";
}

/**
 * The path without its last name.
 *
 * @param path The path; slashes at its end do not count.
 * @returns The path of the folder; `.` if only a name was given.
 */
export function dirname(path: string): string {
  const end = path.replace(/\/+$/, "").lastIndexOf("/");
  if (end < 0) return isAbsolute(path) ? "/" : ".";
  return path.slice(0, end).replace(/\/+$/, "") || "/";
}

/** The names of a path without `.`, and without what `..` takes back. Above the root there is nothing. */
function plainNames(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    const canGoUp = names.length > 0 && names.at(-1) !== "..";
    if (name !== "..") names.push(name);
    else if (canGoUp) names.pop();
    else if (!isAbsolute(path)) names.push(name);
  }
  return names;
}
