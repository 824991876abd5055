import { quote } from "./quote.ts";

/**
 * What an image runs on.
 *
 * Source: the OCI image specification, `image-index.md`.
 */
export interface Platform {
  /** The operating system: `linux`, `windows`, `darwin` … */
  readonly os: string;
  /**
   * The processor, in Go's words: `amd64`, `arm64` … The kernel's words (`x86_64`, `aarch64`) are
   * compared as these.
   */
  readonly architecture: string;
  /** The variant of the processor, such as `v7` of `arm`. */
  readonly variant?: string;
}

/** A text is not a platform. */
export class InvalidPlatform extends Error {
  /** The name of the class. */
  override name = "InvalidPlatform";
  /** What to write instead. */
  readonly advice: string =
    "Write os/architecture or os/architecture/variant: linux/arm64, linux/amd64.";

  /** Takes the text and the reason. */
  constructor(text: string, reason: string) {
    super(`Cannot read ${quote(text)} as a platform: ${reason}`);
  }
}

/** Variants as they may be written, and what each stands for: `undefined` is no variant. */
type Variants = ReadonlyMap<string, string | undefined>;

/** The variants that each architecture may be written with. */
const VARIANTS: ReadonlyMap<string, Variants> = new Map<string, Variants>([
  ["arm", new Map([["v5", "v5"], ["v6", "v6"], ["v7", "v7"], ["v8", "v8"]])],
  ["armhf", new Map([["v7", "v7"]])],
  ["armel", new Map([["v6", "v6"]])],
  ["aarch64", new Map([["v8", "v8"], ["8", "v8"]])],
  ["arm64", new Map([["v8", "v8"], ["8", "v8"]])],
  ["x86_64", new Map([["v1", undefined]])],
  ["x86-64", new Map([["v1", undefined]])],
  ["amd64", new Map([["v1", undefined]])],
]);

/** The variants that go without saying. */
const DEFAULT_VARIANTS: ReadonlyMap<string, string> = new Map([["arm", "v7"], ["arm64", "v8"]]);

/**
 * Parses `os/architecture[/variant]` as Apple's `container` does for `--platform`: other names of
 * an architecture become Go's, `arm64` is variant `v8` and `arm` is `v7` unless it says otherwise.
 *
 * @param text Such as `linux/arm64`.
 * @returns The platform.
 * @throws {InvalidPlatform} Where the text is not a platform.
 *
 * @example Usage
 * ```ts
 * import { parsePlatform } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parsePlatform("linux/x86_64"), { os: "linux", architecture: "amd64" });
 * assert.deepEqual(parsePlatform("linux/arm64"), {
 *   os: "linux",
 *   architecture: "arm64",
 *   variant: "v8",
 * });
 * ```
 */
export function parsePlatform(text: string): Platform {
  const [, os = "", rest = ""] = /^\/*([^/]+)(?:\/(.*))?$/s.exec(text) ?? [];
  if (os === "") throw new InvalidPlatform(text, "it names no operating system");
  if (!["linux", "windows", "darwin"].includes(os)) {
    throw new InvalidPlatform(text, `${quote(os)} is no operating system that images are made for`);
  }
  if (rest === "") throw new InvalidPlatform(text, "it names no architecture");
  const slash = rest.indexOf("/");
  const name = slash === -1 ? rest : rest.slice(0, slash);
  const architecture = normalizeArchitecture(name);
  if (slash === -1) return platform(os, architecture, DEFAULT_VARIANTS.get(architecture));

  const written = rest.slice(slash + 1);
  const variants = VARIANTS.get(name);
  if (variants === undefined || !variants.has(written)) {
    throw new InvalidPlatform(text, `${quote(written)} is no variant of ${quote(name)}`);
  }
  return platform(os, architecture, variants.get(written));
}

/**
 * Prints a platform as `os/architecture[/variant]`. The variant `v8` of `arm64` goes without
 * saying.
 *
 * @param platform The platform.
 * @returns Such as `linux/arm64`.
 *
 * @example Usage
 * ```ts
 * import { formatPlatform } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const os = "linux";
 * assert.equal(formatPlatform({ os, architecture: "aarch64", variant: "v8" }), "linux/arm64");
 * assert.equal(formatPlatform({ os, architecture: "arm", variant: "v7" }), "linux/arm/v7");
 * ```
 */
export function formatPlatform(platform: Platform): string {
  const architecture = normalizeArchitecture(platform.architecture);
  const { os, variant } = platform;
  return variant === undefined || (architecture === "arm64" && variant === "v8")
    ? `${os}/${architecture}`
    : `${os}/${architecture}/${variant}`;
}

/**
 * Whether two platforms are the same: the operating system, the architecture under any of its
 * names, and the variant, where `arm64` without one is `v8`.
 *
 * @param a One platform.
 * @param b The other.
 * @returns `true` where an image for one is an image for the other.
 *
 * @example Usage
 * ```ts
 * import { platformsEqual } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const arm64 = { os: "linux", architecture: "arm64", variant: "v8" };
 * assert(platformsEqual(arm64, { os: "linux", architecture: "aarch64" }));
 * assert(!platformsEqual(arm64, { os: "linux", architecture: "amd64" }));
 * ```
 */
export function platformsEqual(a: Platform, b: Platform): boolean {
  const architecture = normalizeArchitecture(a.architecture);
  if (a.os !== b.os || architecture !== normalizeArchitecture(b.architecture)) return false;
  const unsaid = architecture === "arm64" ? "v8" : undefined;
  return (a.variant ?? unsaid) === (b.variant ?? unsaid);
}

/**
 * The platform of Linux images that this computer's processor runs.
 *
 * @returns The platform, whatever the computer's own operating system.
 *
 * @example Usage
 * ```ts
 * import { hostPlatform } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * assert.equal(hostPlatform().os, "linux");
 * ```
 */
export function hostPlatform(): Platform {
  const architecture = normalizeArchitecture(Deno.build.arch);
  return platform("linux", architecture, DEFAULT_VARIANTS.get(architecture));
}

/** The one name under which an architecture is compared. */
function normalizeArchitecture(name: string): string {
  switch (name) {
    case "aarch64":
      return "arm64";
    case "x86_64":
    case "x86-64":
      return "amd64";
    case "armhf":
    case "armel":
      return "arm";
    default:
      return name;
  }
}

function platform(os: string, architecture: string, variant: string | undefined): Platform {
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}
