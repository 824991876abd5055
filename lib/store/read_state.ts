import { join } from "node:path";
import { type Descriptor, MalformedJson, parseDescriptor } from "../oci/mod.ts";

/** The images of a store: the descriptor of each reference's index, or why that is not one. */
export type State = ReadonlyMap<string, Descriptor | MalformedJson>;

/** What a store says of itself cannot be read. */
export class UnreadableStore extends Error {
  /** The name of the class. */
  override name = "UnreadableStore";
  /** What may help. */
  readonly advice: string =
    "If `container` is at work, try again. `container image list` tells if it can read it itself.";

  /** Takes the file or folder and the reason. */
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`Cannot read ${path}: ${reason}`, options);
  }
}

/** The largest `state.json` that is read, in bytes: room for tens of thousands of images. */
const STATE_LIMIT = 16 * 1024 * 1024;
/**
 * `container` writes the file in place: a reader may see it cut short. Eight looks, with pauses of
 * 5 ms, 10 ms … between them, are 0.6 s, thousands of times what writing it takes.
 */
const ATTEMPTS = 8;
const FIRST_PAUSE = 5;

/**
 * Reads the references of a store. A store without the file has no images.
 *
 * @throws {UnreadableStore} Where the file is not what it should be, and stays so.
 */
export async function readState(root: string): Promise<State> {
  const path = join(root, "state.json");
  for (let attempt = 1;; attempt++) {
    const bytes = await readStateFile(path);
    if (bytes === undefined) return new Map();
    try {
      return parseState(bytes, path);
    } catch (error) {
      if (!(error instanceof UnreadableStore) || attempt === ATTEMPTS) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE * 2 ** (attempt - 1)));
  }
}

/**
 * Parses a `state.json`: a JSON object whose keys are references and whose values are descriptors.
 * A value that is no descriptor spoils only its own reference.
 *
 * @throws {UnreadableStore} Where it is not a JSON object.
 */
export function parseState(bytes: Uint8Array, path: string): State {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new UnreadableStore(path, "it is not JSON", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UnreadableStore(path, "it is not a JSON object");
  }
  return new Map(
    Object.entries(value).map(([reference, descriptor]) => [
      reference,
      readDescriptor(descriptor, `entry ${JSON.stringify(reference)} of ${path}`),
    ]),
  );
}

async function readStateFile(path: string): Promise<Uint8Array | undefined> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw new UnreadableStore(path, "it is not a file");
    if (size > STATE_LIMIT) {
      throw new UnreadableStore(path, `it is larger than ${STATE_LIMIT} bytes`);
    }
    return await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    if (cause instanceof UnreadableStore) throw cause;
    throw new UnreadableStore(path, "the system does not let it be read", { cause });
  }
}

function readDescriptor(value: unknown, document: string): Descriptor | MalformedJson {
  try {
    return parseDescriptor(value, document);
  } catch (error) {
    if (error instanceof MalformedJson) return error;
    throw error;
  }
}
