import type { Platform } from "../names/platform.ts";
import type { ImageChoice } from "./image_choice.ts";

/** Options for {@linkcode openImport}. */
export interface OpenImportOptions {
  /** Which image of an archive or a layout that has several. */
  readonly image?: ImageChoice | undefined;
  /** What a root filesystem runs on (default: what this computer's processor runs). */
  readonly platform?: Platform | undefined;
  /** Ends the reading when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** What `-` reads (default: this process's standard input). */
  readonly stdin?: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** The environment variables (default: those of this process). */
  readonly env?: Readonly<Record<string, string | undefined>>;
}
