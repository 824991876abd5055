import { hasCode } from "../../error/mod.ts";
import {
  formatReference,
  MalformedJson,
  normalizeReference,
  parseReference,
  qualifyReference,
  type Reference,
} from "../../oci/mod.ts";
import type { State } from "../state/read_state.ts";

/** The annotation of images that `container` built here: their name. */
const NAME_ANNOTATION = "com.apple.containerization.image.name";

/**
 * Finds the key in a store's state that a user means by a text, in the order of `container`: an image that was built
 * here under this name, then the text itself as a key, then the name completed without and with the default registry
 * (`container build` makes keys without one).
 */
export function findReference(state: State, text: string): string | undefined {
  const local = tryFormat(() => normalizeReference(parseReference(text)));
  const built = [...state].filter(([, descriptor]) =>
    local !== undefined && !(descriptor instanceof MalformedJson) &&
    descriptor.annotations?.[NAME_ANNOTATION] === local
  ).map(([key]) => key);
  if (built.length === 1) return built[0];
  if (local !== undefined && built.includes(local)) return local;

  const qualified = tryFormat(() => qualifyReference(text));
  return [text, local, qualified].find((key) => key !== undefined && state.has(key));
}

/** Finds the keys that name the same image with another tag, folder or registry. */
export function similarReferences(keys: Iterable<string>, text: string): string[] {
  const wanted = lastPart(text);
  return [...keys].filter((key) => wanted !== undefined && lastPart(key) === wanted).sort();
}

function lastPart(text: string): string | undefined {
  return tryParse(() => parseReference(text))?.path.split("/").at(-1);
}

function tryFormat(make: () => Reference): string | undefined {
  const reference = tryParse(make);
  return reference === undefined ? undefined : formatReference(reference);
}

function tryParse(make: () => Reference): Reference | undefined {
  try {
    return make();
  } catch (error) {
    if (hasCode(error, "invalid-reference")) return undefined;
    throw error;
  }
}
