import { formatReference, qualifyReference } from "../oci/mod.ts";
import { openOwnStore, tagImage } from "../store/mod.ts";

/** `snapvm tag`. */
export async function tag(_options: unknown, image: string, reference: string): Promise<void> {
  await tagImage(await openOwnStore(), image, formatReference(qualifyReference(reference)));
}
