import { formatPlatform } from "../../oci/mod.ts";
import { listImages, openStores } from "../../store/mod.ts";
import type { Candidate } from "./candidate.ts";
import { proposeFiles } from "./propose_files.ts";

/** What begins with what is typed and is an image that can be used: names in the stores, else digests, or paths. */
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
  // Nobody types a digest whose beginning they do not know.
  const names = typed === "" ? [reference && name] : [name, reference, manifest];
  return names.find((each) => each?.startsWith(typed));
}
