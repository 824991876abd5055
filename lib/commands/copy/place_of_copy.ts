import { CommandFailure, ExitStatus, printable } from "../../ui/mod.ts";

/** What is to be copied. */
export interface CopySource {
  /** Its name; empty if it has none of its own, as a root folder. */
  readonly name: string;
  /** Whether it is a folder. */
  readonly isFolder: boolean;
  /** Whether only what is in it is meant: its path ends with `/.`. */
  readonly isContents: boolean;
}

/** Where it is to go. */
export interface CopyDestination {
  /** The path as it was given. */
  readonly path: string;
  /** What is there: a folder, nothing, or something else. */
  readonly there: "folder" | "nothing" | "other";
}

/**
 * The path that a copy gets, by the rules of `docker cp`: inside a folder that is there, unless only the contents of
 * another folder are meant; the destination itself otherwise.
 *
 * @throws {CommandFailure} If the rules give it none.
 */
export function placeOfCopy(source: CopySource, { path, there }: CopyDestination): string {
  const place = path.replace(/\/+\.?$/, "") || "/";
  if (there === "folder") {
    if (source.isFolder && (source.isContents || source.name === "")) return place;
    return place === "/" ? `/${source.name}` : `${place}/${source.name}`;
  }
  if (source.isFolder) {
    if (there === "nothing") return place;
    throw failure(`Cannot copy a folder to ${printable(path)}: there is a file`);
  }
  if (path.endsWith("/") || path.endsWith("/.")) {
    const why = there === "nothing" ? "there is no such folder" : "it is not a folder";
    throw failure(`Cannot copy a file to ${printable(path)}: ${why}`);
  }
  return place;
}

/** The last name of a path; empty if it has none of its own. */
export function nameOf(path: string): string {
  const name = path.replace(/\/+$/, "").replace(/(\/\.)+$/, "").split("/").at(-1) ?? "";
  return name === "." || name === ".." ? "" : name;
}

/** Whether a path means what is in a folder, and not the folder itself. */
export function isContents(path: string): boolean {
  return path === "." || path.endsWith("/.");
}

function failure(message: string): CommandFailure {
  return new CommandFailure(message, { status: ExitStatus.failure });
}
