import { removeIfThere, writeAllSync } from "../host/mod.ts";

/** More than any file of a machine has, in bytes. */
const MAX_SIZE = 4 * 2 ** 20;

/** What {@linkcode readJsonFile} found. */
export type JsonFile =
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly why: string }
  | { readonly kind: "value"; readonly value: unknown };

/**
 * Reads a JSON document, whatever is in its place.
 *
 * @param path The file.
 * @returns What it says, or why it cannot be read.
 */
export async function readJsonFile(path: string): Promise<JsonFile> {
  try {
    // Before it is opened: to open a FIFO would wait for a program that writes to it.
    const { isFile, size } = await Deno.lstat(path);
    if (!isFile) return { kind: "unreadable", why: "it is not a file" };
    if (size > MAX_SIZE) return { kind: "unreadable", why: "it is too large" };
    return { kind: "value", value: JSON.parse(await Deno.readTextFile(path)) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { kind: "absent" };
    if (error instanceof SyntaxError) return { kind: "unreadable", why: "it is not JSON" };
    return { kind: "unreadable", why: error instanceof Error ? error.message : String(error) };
  }
}

/** How {@linkcode writeJsonFile} writes. */
export interface WriteJsonFileOptions {
  /** Whether it outlasts a crash of the host from now on. Default: false. */
  readonly durable?: boolean;
}

/**
 * Writes a JSON document, whole or not at all, with mode 0600. One process at a time may write it. It is written before
 * this returns, so that two changes cannot overtake each other.
 *
 * @param path The file; it is replaced.
 * @param value The document.
 * @param options How to write.
 * @throws What the system says; the file is as it was then.
 */
export function writeJsonFile(
  path: string,
  value: unknown,
  { durable = false }: WriteJsonFileOptions = {},
): void {
  const unfinished = `${path}.new`;
  try {
    {
      using file = Deno.openSync(unfinished, {
        write: true,
        create: true,
        truncate: true,
        mode: 0o600,
      });
      writeAllSync(file, new TextEncoder().encode(JSON.stringify(value, null, 2) + "\n"));
      if (durable) file.syncDataSync();
    }
    Deno.renameSync(unfinished, path);
  } catch (error) {
    void removeIfThere(unfinished).catch(() => {});
    throw error;
  }
}

/** Says whether a value is an object of JSON. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Says whether a value is an array of strings. */
export function isStringArray(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
