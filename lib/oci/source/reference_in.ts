import { hasCode } from "../../error/mod.ts";
import type { Descriptor } from "../documents/descriptor.ts";
import { normalizeReference, qualifyReference } from "../names/normalize_reference.ts";
import { formatReference, parseReference } from "../names/reference.ts";

/** Where skopeo and podman keep the whole reference; others keep only the tag there. */
const REF_NAME = "org.opencontainers.image.ref.name";
/** Where builders and stores keep it, each under a name of its own: `io.containerd.image.name`. */
const IMAGE_NAME = /\.image\.name$/;

/** The reference that an index gives to an image; `undefined` if it has none, or only a tag. */
export function referenceIn({ annotations = {} }: Descriptor): string | undefined {
  const keys = Object.keys(annotations).filter((key) => IMAGE_NAME.test(key)).sort();
  for (const key of [...keys, REF_NAME]) {
    const text = annotations[key];
    // A text without `/` and `:` is a tag, such as `latest`.
    if (text === undefined || !/[/:]/.test(text)) continue;
    const reference = fullReference(text);
    if (reference !== undefined) return reference;
  }
  return undefined;
}

/** Completes a reference; `undefined` if the text is none. */
export function fullReference(text: string): string | undefined {
  try {
    const reference = parseReference(text);
    return formatReference(
      reference.domain === undefined ? qualifyReference(text) : normalizeReference(reference),
    );
  } catch (error) {
    if (hasCode(error, "invalid-reference")) return undefined;
    throw error;
  }
}
