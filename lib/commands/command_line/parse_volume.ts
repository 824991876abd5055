import { InvalidValue } from "./invalid_value.ts";

/** A folder of the host and where it is in the guest, as `--volume` names them. */
export interface Volume {
  /** The folder on the host. */
  readonly source: string;
  /** The absolute path in the guest. */
  readonly path: string;
  /** Whether the guest may only read. */
  readonly readOnly: boolean;
}

const FORM = "It is HOST:GUEST or HOST:GUEST:ro, and GUEST starts with a slash.";

/**
 * Parses `HOST:GUEST`, with `:ro` or `:rw` behind it. GUEST starts with a slash, so the last `:/` stands between the
 * two, and HOST may have colons; a GUEST with a colon in it needs `:ro` or `:rw` behind it.
 */
export function parseVolume(text: string): Volume {
  const [, mode] = /:([^:/]*)$/.exec(text) ?? [];
  if (mode !== undefined && mode !== "ro" && mode !== "rw") {
    const more = mode === "" ? "" : ` Behind GUEST there is only "ro" or "rw"; podman's ` +
      `"z", "Z" and "U" have no meaning here.`;
    throw new InvalidValue(text, FORM + more);
  }
  const both = mode === undefined ? text : text.slice(0, -mode.length - 1);
  const separator = both.lastIndexOf(":/");
  const source = both.slice(0, Math.max(0, separator));
  const path = both.slice(separator + 1);
  if (separator < 1) throw new InvalidValue(text, FORM);
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  if (names.length === 0) throw new InvalidValue(text, "The guest's root cannot be replaced.");
  if (names.includes("..")) throw new InvalidValue(text, "GUEST must not have `..` in it.");
  return { source, path, readOnly: mode === "ro" };
}
