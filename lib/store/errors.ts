import { formatPlatform, type Platform } from "../oci/mod.ts";

/** No store has an image of this name or digest. */
export class ImageNotFound extends Error {
  /** The name of the class. */
  override name = "ImageNotFound";
  /** What to try next. */
  readonly advice: string;

  /** Takes the image as the user wrote it, the reason and what to try. */
  constructor(image: string, reason: string, advice: string, options?: ErrorOptions) {
    super(`Cannot find the image ${image}: ${reason}`, options);
    this.advice = advice;
  }
}

/** Several digests begin with what the user wrote. */
export class AmbiguousDigest extends Error {
  /** The name of the class. */
  override name = "AmbiguousDigest";
  /** What to do. */
  readonly advice: string = "Write more of its digits.";
  /** The digests that it could be. */
  readonly candidates: readonly string[];

  /** Takes the text, and the digests with what each one is. */
  constructor(prefix: string, candidates: ReadonlyMap<string, string>) {
    const lines = Array.from(candidates, ([digest, what]) => `\n  ${digest} (${what})`);
    super(`Cannot find the image ${prefix}: several digests begin with it:${shorten(lines, "")}`);
    this.candidates = [...candidates.keys()];
  }
}

/** An image is not made for the platform that is wanted, or for several others. */
export class PlatformNotFound extends Error {
  /** The name of the class. */
  override name = "PlatformNotFound";
  /** What to try next. */
  readonly advice: string;
  /** The platforms that the image is made for. */
  readonly platforms: readonly Platform[];

  /** Takes the image's name, the platform that is wanted, those that there are, and what to try. */
  constructor(name: string, wanted: Platform, platforms: readonly Platform[], advice: string) {
    const list = shorten(platforms.map(formatPlatform), ", ") || "no platform at all";
    super(`Cannot use ${name} for ${formatPlatform(wanted)}: it is made for ${list}`);
    this.platforms = platforms;
    this.advice = advice;
  }
}

/** An image is known, but its root filesystem has not been unpacked. */
export class SnapshotNotFound extends Error {
  /** The name of the class. */
  override name = "SnapshotNotFound";
  /** The command that makes one, or what else can be done. */
  readonly advice: string;
  /** The platforms for which there is a snapshot. */
  readonly platforms: readonly Platform[];

  /** Takes the image's name, the reason, the platforms that have a snapshot, and what to do. */
  constructor(name: string, reason: string, platforms: readonly Platform[], advice: string) {
    super(`Cannot find a snapshot of ${name}: ${reason}`);
    this.platforms = platforms;
    this.advice = advice;
  }
}

/** A snapshot is there, but holds no whole filesystem. */
export class BrokenSnapshot extends Error {
  /** The name of the class. */
  override name = "BrokenSnapshot";
  /** The commands that make it again. */
  readonly advice: string;

  /** Takes the snapshot's path, the reason and what to do. */
  constructor(path: string, reason: string, advice: string) {
    super(`Cannot use the snapshot ${path}: ${reason}`);
    this.advice = advice;
  }
}

/** A document that leads from an image's reference to its snapshot is missing or damaged. */
export class UnreadableImage extends Error {
  /** The name of the class. */
  override name = "UnreadableImage";
  /** The command that brings it again. */
  readonly advice: string;

  /** Takes the image's name, the reason and what to do. */
  constructor(name: string, reason: string, advice: string, options?: ErrorOptions) {
    super(`Cannot read ${name}: ${reason}`, options);
    this.advice = advice;
  }
}

/** How many items of a list a message shows. An index may have thousands. */
const SHOWN = 16;

function shorten(items: readonly string[], separator: string): string {
  const shown = items.slice(0, SHOWN).join(separator);
  return items.length > SHOWN ? `${shown}${separator}… (${items.length} in all)` : shown;
}
