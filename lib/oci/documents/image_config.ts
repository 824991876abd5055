import { JsonValue } from "./json_value.ts";
import { withoutUndefined } from "./without_undefined.ts";

/**
 * The configuration of an image for one platform. The members have the names of the specification.
 *
 * Source: the OCI image specification, `config.md`.
 *
 * @example The platform of an image
 * ```ts
 * import { formatPlatform, type ImageConfig } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const config: ImageConfig = {
 *   os: "linux",
 *   architecture: "arm64",
 *   rootfs: { type: "layers", diff_ids: [] },
 * };
 * assert.equal(formatPlatform(config), "linux/arm64");
 * ```
 */
export interface ImageConfig {
  /** When the image was made, as an RFC 3339 date and time. */
  readonly created?: string;
  /** Who made the image. */
  readonly author?: string;
  /** The processor architecture, by Go's name for it. */
  readonly architecture: string;
  /** The operating system. */
  readonly os: string;
  /** The variant of the processor. */
  readonly variant?: string;
  /** How a container runtime starts the image. */
  readonly config?: ExecutionParameters;
  /** The layers before compression. */
  readonly rootfs: RootFsLayers;
}

/**
 * How a container runtime starts an image.
 *
 * @example The command line
 * ```ts
 * import type { ExecutionParameters } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const { Entrypoint = [], Cmd = [] }: ExecutionParameters = { Cmd: ["/sbin/init"] };
 * assert.deepEqual([...Entrypoint, ...Cmd], ["/sbin/init"]);
 * ```
 */
export interface ExecutionParameters {
  /** The user: `user` or `user:group`. */
  readonly User?: string;
  /** The environment, each `NAME=value`. */
  readonly Env?: readonly string[];
  /** The first words of the command line. */
  readonly Entrypoint?: readonly string[];
  /** The last words of the command line, unless the user gives others. */
  readonly Cmd?: readonly string[];
  /** The working directory. */
  readonly WorkingDir?: string;
  /** Facts about the image, by name. */
  readonly Labels?: Readonly<Record<string, string>>;
  /** The signal that stops the command, such as `SIGTERM`. */
  readonly StopSignal?: string;
}

/**
 * The layers of an image before compression.
 *
 * @example The digest of the lowest layer
 * ```ts
 * import type { RootFsLayers } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const digest = "sha256:" + "0".repeat(64);
 * const rootfs: RootFsLayers = { type: "layers", diff_ids: [digest] };
 * assert.equal(rootfs.diff_ids[0], digest);
 * ```
 */
export interface RootFsLayers {
  /** Always `layers`. */
  readonly type: string;
  /** The digest of each uncompressed layer, lowest first. */
  readonly diff_ids: readonly string[];
}

/**
 * Parses an image configuration.
 *
 * @param bytes The blob, at most 4 MiB of JSON.
 * @param document The name of the blob, for the error: `config sha256:…`.
 * @returns The configuration, every member checked.
 * @throws {MalformedJson} If the blob is not an image configuration.
 *
 * @example Usage
 * ```ts
 * import { parseImageConfig } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const bytes = new TextEncoder().encode(`{
 *   "architecture": "arm64",
 *   "os": "linux",
 *   "config": { "Labels": { "containers.bootc": "1" } },
 *   "rootfs": { "type": "layers", "diff_ids": [] }
 * }`);
 * assert.equal(parseImageConfig(bytes).config?.Labels?.["containers.bootc"], "1");
 * ```
 */
export function parseImageConfig(bytes: Uint8Array, document: string = "config"): ImageConfig {
  const json = JsonValue.parse(bytes, document);
  const rootfs = json.require("rootfs");
  return withoutUndefined<ImageConfig>({
    created: json.get("created")?.string(),
    author: json.get("author")?.string(),
    architecture: json.require("architecture").string(),
    os: json.require("os").string(),
    variant: json.get("variant")?.string(),
    config: readExecutionParameters(json.get("config")),
    rootfs: {
      type: rootfs.require("type").string(),
      diff_ids: rootfs.get("diff_ids")?.strings() ?? [],
    },
  });
}

function readExecutionParameters(json: JsonValue | undefined): ExecutionParameters | undefined {
  if (json === undefined) return undefined;
  return withoutUndefined<ExecutionParameters>({
    User: json.get("User")?.string(),
    Env: json.get("Env")?.strings(),
    Entrypoint: json.get("Entrypoint")?.strings(),
    Cmd: json.get("Cmd")?.strings(),
    WorkingDir: json.get("WorkingDir")?.string(),
    Labels: json.get("Labels")?.stringMap(),
    StopSignal: json.get("StopSignal")?.string(),
  });
}
