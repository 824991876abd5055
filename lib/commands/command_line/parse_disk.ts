import { InvalidValue } from "./invalid_value.ts";

/** A file that is a disk of the guest, as `--disk` names it. */
export interface DiskWord {
  /** The file. */
  readonly path: string;
  /** Whether the guest may only read. */
  readonly readOnly: boolean;
  /** The serial number, if one is given. */
  readonly serial?: string;
}

/**
 * Parses `FILE`, with `:ro` or `:rw` and `:SERIAL` behind it. Behind a file whose name has a colon there must be `:ro`
 * or `:rw`: then all before it is the name.
 */
export function parseDisk(text: string): DiskWord {
  const [, path = "", mode, serial] = /^(.*?)(?::(ro|rw))?(?::([^:/]*))?$/s.exec(text) ?? [];
  if (path === "" || serial === "") {
    throw new InvalidValue(text, "It is FILE, FILE:ro, FILE:SERIAL or FILE:ro:SERIAL.");
  }
  if (serial === "ro" || serial === "rw") {
    return { path: text.slice(0, -serial.length - 1), readOnly: serial === "ro" };
  }
  if (mode === undefined && /:[^/]*$/.test(path)) {
    throw new InvalidValue(text, "Behind a file's name with a colon there has to be :ro or :rw.");
  }
  if (serial !== undefined && !/^[A-Za-z0-9._-]{1,20}$/.test(serial)) {
    throw new InvalidValue(
      text,
      "A serial number has 1 to 20 letters, digits, dots, dashes and underscores.",
    );
  }
  return { path, readOnly: mode === "ro", ...serial !== undefined && { serial } };
}
