import { SnapvmError } from "../../error/mod.ts";
import { PathPattern } from "./path_pattern.ts";

/** What a file is, in the letters of `file_contexts`: `--` is a regular file, `-d` a folder. */
export type FileKind = "-" | "d" | "l" | "c" | "b" | "p" | "s";

/** A line of a `file_contexts` file. */
export interface FileContext {
  /** Which paths it is for. */
  readonly pattern: PathPattern;
  /** Which files; all if it is absent. */
  readonly kind?: FileKind;
  /** Their label; `undefined` if they get none (`<<none>>`). */
  readonly context: string | undefined;
}

/**
 * Reads a `file_contexts` file.
 *
 * @see {@link https://github.com/SELinuxProject/selinux/blob/main/libselinux/src/label_file.h process_line()}
 * @param bytes The file.
 * @param path Its name in errors.
 * @returns Its lines in their order.
 * @throws {SnapvmError} `invalid-selinux-policy` if a line is not what it should be.
 */
export function parseFileContexts(bytes: Uint8Array, path: string): FileContext[] {
  const found: FileContext[] = [];
  let number = 0;
  for (const line of latin1(bytes).split("\n")) {
    number++;
    const fields = line.split(/[ \t\r\f\v]+/).filter((field) => field !== "");
    if (fields.length === 0 || fields[0]!.startsWith("#")) continue;
    const [regex, second, third] = fields as [string, string | undefined, string | undefined];
    const type = third === undefined ? undefined : second;
    const context = third ?? second;
    const fail = (why: string, cause?: unknown) =>
      new SnapvmError("invalid-selinux-policy", `Cannot read line ${number} of ${path}: ${why}`, {
        data: { path },
        cause,
      });
    if (context === undefined) throw fail("it has no label");
    const kind = type === undefined ? undefined : /^-([-dlcbps])$/.exec(type)?.[1] as FileKind;
    if (type !== undefined && kind === undefined) throw fail(`${type} is not a type of files`);
    try {
      found.push({
        pattern: new PathPattern(regex),
        ...kind !== undefined && { kind },
        context: context === "<<none>>" ? undefined : context,
      });
    } catch (cause) {
      if (cause instanceof SyntaxError) throw fail(`${regex}: ${cause.message}`, cause);
      throw cause;
    }
  }
  return found;
}

/** One character for each byte. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}
