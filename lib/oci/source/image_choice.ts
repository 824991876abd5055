import { SnapvmError } from "../../error/mod.ts";
import { quote } from "../names/quote.ts";

/** How many images an error lists. */
const MAX_LISTED = 20;

/** Which image of a source that may hold several. */
export interface ImageChoice {
  /** Its name there, or its digest. */
  readonly name?: string | undefined;
  /** Its place in the source's own list, from 0: skopeo's `@0`. */
  readonly position?: number | undefined;
}

/** The error for an image that a source does not have, or that has to be named because there are several. */
export function imageNotInSource(
  source: string,
  wanted: string | undefined,
  images: readonly string[],
  reason?: string,
): SnapvmError<"image-not-in-source"> {
  const more = images.length > MAX_LISTED ? `, … (${images.length} in all)` : "";
  const list = images.slice(0, MAX_LISTED).map(quote).join(", ") + more;
  const message = wanted === undefined
    ? `Cannot choose an image of ${source}: it has several: ${list}`
    : `Cannot find the image ${quote(wanted)} in ${source}: ` +
      (reason ?? (images.length === 0 ? "it has none" : `it has ${list}`));
  return new SnapvmError("image-not-in-source", message, {
    data: { source, images: images.slice(0, MAX_LISTED), ...(wanted !== undefined && { wanted }) },
  });
}
