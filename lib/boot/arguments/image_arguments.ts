import type { Architecture } from "../architecture.ts";
import { InvalidKernelArguments } from "../errors.ts";
import type { RootFs } from "../root_fs.ts";
import { splitArguments } from "./split_arguments.ts";

const FOLDER = "/usr/lib/bootc/kargs.d";
/** Real files have a few lines. */
const FILE_SIZE_MAX = 65536;
const FILES_MAX = 256;

/** The kernel arguments that an image brings along. */
export interface ImageArguments {
  /** The arguments, in the order of the files' names, with the quotes that they may have. */
  readonly arguments: readonly string[];
  /** What could not be read, a sentence for each. */
  readonly problems: readonly string[];
}

/**
 * Reads the kernel arguments that an image for bootc brings along, in `/usr/lib/bootc/kargs.d/*.toml`.
 *
 * @see {@link https://bootc-dev.github.io/bootc/building/kernel-arguments.html}
 * @param root The image's root filesystem.
 * @param architecture The machine's processor; what is for another one is left out.
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
    const isOwn = error instanceof InvalidKernelArguments;
    problems.push(isOwn ? error.message : `Cannot read ${path}: ${error.message}`);
  };
  const names: string[] = [];
  try {
    for await (const { name } of root.readDir(FOLDER)) {
      if (name.endsWith(".toml") && names.push(name) === FILES_MAX) break;
    }
  } catch (error) {
    report(FOLDER, error);
  }
  for (const name of names.sort()) {
    const path = `${FOLDER}/${name}`;
    try {
      const { isFile, size } = await root.stat(path);
      if (!isFile || size > FILE_SIZE_MAX) {
        throw new InvalidKernelArguments(`Cannot read ${path}: it is no file of up to 64 KiB`);
      }
      const text = new TextDecoder().decode(await root.readFile(path));
      found.push(...await parseKargs(text, architecture, path));
    } catch (error) {
      report(path, error);
    }
  }
  return { arguments: found, problems };
}

/**
 * Reads one such file.
 *
 * @param text The file, in TOML: `kargs`, and `match-architectures` for which it is, if not for all.
 * @param architecture The machine's processor.
 * @param path What the file is called in errors.
 * @returns Its arguments, none where it is for other processors.
 * @throws {InvalidKernelArguments} If it is not what it should be.
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
    throw new InvalidKernelArguments(`Cannot read ${path}: it is no TOML`, { cause });
  }
  const strings = (key: string): readonly string[] | undefined => {
    const value = file[key];
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
      throw new InvalidKernelArguments(`Cannot read ${path}: ${key} is no list of strings`);
    }
    return value;
  };
  const architectures = strings("match-architectures");
  const kargs = strings("kargs") ?? [];
  if (architectures !== undefined && !architectures.includes(architecture)) return [];
  return kargs.flatMap(splitArguments);
}
