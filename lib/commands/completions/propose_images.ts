import { formatPlatform } from "../../oci/mod.ts";
import { listImages, openStores } from "../../store/mod.ts";
import type { Candidate } from "./candidate.ts";
import { proposeFiles } from "./propose_files.ts";

/** The images that can be used and whose name, digest or path begins with what is typed. */
export async function proposeImages(
  typed: string,
  store: string | undefined,
): Promise<Candidate[]> {
  if (/^[.~/]/.test(typed)) return await proposeFiles(typed, "file");
  const platforms = new Map<string, string[]>();
  for await (const image of listImages(await openStores({ store }))) {
    if (image.status !== "ready") continue;
    const name = nameFor(image, typed);
    if (name === undefined) continue;
    const platform = image.platform === undefined ? [] : [formatPlatform(image.platform)];
    platforms.set(name, [...platforms.get(name) ?? [], ...platform]);
  }
  return [...platforms].map(([value, all]) => ({ value, description: all.join(", ") }));
}

/** The first of an image's names that begins with what is typed. */
function nameFor(
  { name, reference, manifest }: { name: string; reference?: string; manifest?: string },
  typed: string,
): string | undefined {
  // A digest helps only people who have begun to type it.
  const names = typed === "" ? [reference && name] : [name, reference, manifest];
  return names.find((each) => each?.startsWith(typed));
}
