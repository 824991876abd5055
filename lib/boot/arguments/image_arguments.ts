import type { Architecture } from "../architecture.ts";
import { hasCode, SnapvmError } from "../../error/mod.ts";
import type { RootFs } from "../root_fs.ts";
import { splitArguments } from "./split_arguments.ts";

const FOLDER = "/usr/lib/bootc/kargs.d";
/** Real files have a few lines. */
const MAX_FILE_SIZE = 65536;
const MAX_FILES = 256;

/** The kernel arguments in an image's files. */
export interface ImageArguments {
  /** The arguments, in the order of the files' names. They keep their quotes. */
  readonly arguments: readonly string[];
  /** One sentence for each file that could not be read. */
  readonly problems: readonly string[];
}

/**
 * Reads the kernel arguments of an image for bootc, from `/usr/lib/bootc/kargs.d/*.toml`.
 *
 * @see {@link https://bootc-dev.github.io/bootc/building/kernel-arguments.html}
 * @param root The image's root filesystem.
 * @param architecture The machine's processor; files for other processors are left out.
 * @returns The arguments, unfiltered, and what could not be read.
 */
export async function readImageArguments(
  root: RootFs,
  architecture: Architecture,
): Promise<ImageArguments> {
  const found: string[] = [];
  const problems: string[] = [];
  const report = (path: string, error: unknown) => {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return;
    if (!(error instanceof Error)) throw error;
    const isOwn = hasCode(error, "invalid-kernel-arguments");
    problems.push(isOwn ? error.message : `Cannot read ${path}: ${error.message}`);
  };
  const names: string[] = [];
  try {
    for await (const { name } of root.readDir(FOLDER)) {
      if (name.endsWith(".toml") && names.push(name) === MAX_FILES) break;
    }
  } catch (error) {
    report(FOLDER, error);
  }
  for (const name of names.sort()) {
    const path = `${FOLDER}/${name}`;
    try {
      const { isFile, size } = await root.stat(path);
      if (!isFile || size > MAX_FILE_SIZE) throw invalid(path, "it is not a file of up to 64 KiB");
      const text = new TextDecoder().decode(await root.readFile(path));
      found.push(...await parseKargs(text, architecture, path));
    } catch (error) {
      report(path, error);
    }
  }
  return { arguments: found, problems };
}

/**
 * Reads one of these files.
 *
 * @param text The file, in TOML: `kargs`, and `match-architectures` if it is not for every processor.
 * @param architecture The machine's processor.
 * @param path The file's name in errors.
 * @returns Its arguments; none if it is for other processors.
 * @throws {SnapvmError} `invalid-kernel-arguments` if it does not have this form.
 */
export async function parseKargs(
  text: string,
  architecture: Architecture,
  path: string,
): Promise<string[]> {
  const { parse } = await import("smol-toml");
  let file;
  try {
    file = parse(text);
  } catch (cause) {
    throw invalid(path, "it is not TOML", cause);
  }
  const strings = (key: string): readonly string[] | undefined => {
    const value = file[key];
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
      throw invalid(path, `${key} is not a list of strings`);
    }
    return value;
  };
  const architectures = strings("match-architectures");
  const kargs = strings("kargs") ?? [];
  if (architectures !== undefined && !architectures.includes(architecture)) return [];
  return kargs.flatMap(splitArguments);
}

function invalid(path: string, why: string, cause?: unknown): SnapvmError {
  return new SnapvmError("invalid-kernel-arguments", `Cannot read ${path}: ${why}`, {
    data: { path },
    cause,
  });
}
