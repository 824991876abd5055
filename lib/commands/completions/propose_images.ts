import { formatPlatform } from "../../oci/mod.ts";
import { listImages, openStores } from "../../store/mod.ts";
import type { Candidate } from "./candidate.ts";
import { proposeFiles } from "./propose_files.ts";

/**
 * The images whose name, digest or path begins with what is typed: those that can be used, or all of which there is
 * anything, and then no paths.
 */
export async function proposeImages(
  typed: string,
  store: string | undefined,
  isStored = false,
): Promise<Candidate[]> {
  if (!isStored && /^[.~/]/.test(typed)) return await proposeFiles(typed, "file");
  const platforms = new Map<string, string[]>();
  for await (const image of listImages(await openStores({ store }))) {
    const isProposed = isStored
      ? image.status !== "not-pulled" && image.status !== "unreadable"
      : image.status === "ready";
    if (!isProposed) continue;
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
