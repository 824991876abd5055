import { SnapvmError } from "../../error/mod.ts";
import { quote } from "./quote.ts";

/**
 * What an image runs on.
 *
 * Source: the OCI image specification, `image-index.md`.
 *
 * @example Usage
 * ```ts
 * import { formatPlatform, type Platform } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const platform: Platform = { os: "linux", architecture: "arm", variant: "v7" };
 * assert.equal(formatPlatform(platform), "linux/arm/v7");
 * ```
 */
export interface Platform {
  /** The operating system: `linux`, `windows`, `darwin` … */
  readonly os: string;
  /**
   * The processor architecture, by Go's name for it: `amd64`, `arm64` … The kernel's names (`x86_64`, `aarch64`) are
   * equal to them.
   */
  readonly architecture: string;
  /** The variant of the architecture, such as `v7` of `arm`. */
  readonly variant?: string;
}

/** Variants as they may be written, and what each stands for: `undefined` means without a variant. */
type Variants = ReadonlyMap<string, string | undefined>;

/** The variants that may follow each name of an architecture. */
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

/** The variant of an architecture that is written without one. */
const DEFAULT_VARIANTS: ReadonlyMap<string, string> = new Map([["arm", "v7"], ["arm64", "v8"]]);

/**
 * Parses `os/architecture[/variant]`. Other names of an architecture become Go's; without a variant, `arm64` is `v8`
 * and `arm` is `v7`. Only the usual variants of an architecture are accepted, so that a typing error is found.
 *
 * @param text The platform, such as `linux/arm64`.
 * @returns The platform.
 * @throws {SnapvmError} `invalid-platform` if the text is not a platform.
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
  if (os === "") throw invalidPlatform(text, "it names no operating system");
  if (!["linux", "windows", "darwin"].includes(os)) {
    throw invalidPlatform(text, `${quote(os)} is not an operating system that images are made for`);
  }
  if (rest === "") throw invalidPlatform(text, "it names no architecture");
  const slash = rest.indexOf("/");
  const name = slash === -1 ? rest : rest.slice(0, slash);
  const architecture = normalizeArchitecture(name);
  if (slash === -1) return platform(os, architecture, DEFAULT_VARIANTS.get(architecture));

  const written = rest.slice(slash + 1);
  const variants = VARIANTS.get(name);
  if (variants === undefined || !variants.has(written)) {
    throw invalidPlatform(text, `${quote(written)} is not a variant of ${quote(name)}`);
  }
  return platform(os, architecture, variants.get(written));
}

/**
 * Prints a platform as `os/architecture[/variant]`. `arm64` stands for its variant `v8`.
 *
 * @param platform The platform.
 * @returns The platform as text, such as `linux/arm64`.
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
 * Whether two platforms have the same operating system, architecture (by any of its names) and variant. `arm64` without
 * a variant is `v8`.
 *
 * @param a One platform.
 * @param b The other.
 * @returns `true` if an image for one is an image for the other.
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
  // Not DEFAULT_VARIANTS: an image for `arm` without a variant may be for any.
  const implied = architecture === "arm64" ? "v8" : undefined;
  return (a.variant ?? implied) === (b.variant ?? implied);
}

/**
 * The platform of the Linux images that this computer's processor runs.
 *
 * @returns The platform; it is Linux whatever the computer's own operating system.
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

/** Go's name for an architecture. */
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

function invalidPlatform(text: string, reason: string): SnapvmError<"invalid-platform"> {
  return new SnapvmError(
    "invalid-platform",
    `Cannot read ${quote(text)} as a platform: ${reason}`,
    {
      data: { text },
    },
  );
}

function platform(os: string, architecture: string, variant: string | undefined): Platform {
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}
