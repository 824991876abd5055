import { join } from "../../host/mod.ts";
import { hasCode, SnapvmError } from "../../error/mod.ts";
import { type Descriptor, MalformedJson, parseDescriptor } from "../../oci/mod.ts";

/** The images of a store: for each reference the descriptor of its index, or why that cannot be read. */
export type State = ReadonlyMap<string, Descriptor | MalformedJson>;

/** The largest `state.json` that is read, in bytes: enough for tens of thousands of images. */
const MAX_STATE_SIZE = 16 * 1024 * 1024;
/**
 * `container` writes the file in place, so a reader may see it cut short. Eight attempts with pauses of 5 ms, 10 ms …
 * between them take 0.6 s, thousands of times as long as writing it.
 */
const MAX_ATTEMPTS = 8;
const FIRST_PAUSE_MS = 5;

/**
 * Reads the references of a store. A store without the file has no images.
 *
 * @throws {SnapvmError} `store-unreadable` if the file is not valid, and stays so.
 */
export async function readState(root: string): Promise<State> {
  const path = join(root, "state.json");
  for (let attempt = 1;; attempt++) {
    const bytes = await readStateFile(path);
    if (bytes === undefined) return new Map();
    try {
      return parseState(bytes, path);
    } catch (error) {
      if (!hasCode(error, "store-unreadable") || attempt === MAX_ATTEMPTS) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (attempt - 1)));
  }
}

/**
 * Parses a `state.json`: a JSON object whose keys are references and whose values are descriptors.
 * A value that is not a descriptor spoils only its own reference.
 *
 * @throws {SnapvmError} `store-unreadable` if it is not a JSON object.
 */
export function parseState(bytes: Uint8Array, path: string): State {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw storeUnreadable(path, "it is not JSON", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw storeUnreadable(path, "it is not a JSON object");
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
    if (!isFile) throw storeUnreadable(path, "it is not a file");
    if (size > MAX_STATE_SIZE) {
      throw storeUnreadable(path, `it is larger than ${MAX_STATE_SIZE} bytes`);
    }
    return await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    if (hasCode(cause, "store-unreadable")) throw cause;
    throw storeUnreadable(path, "the system does not let it be read", { cause });
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

function storeUnreadable(
  path: string,
  reason: string,
  options?: ErrorOptions,
): SnapvmError<"store-unreadable"> {
  return new SnapvmError("store-unreadable", `Cannot read ${path}: ${reason}`, {
    ...options,
    data: { path },
  });
}
