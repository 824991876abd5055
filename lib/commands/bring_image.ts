import { SnapvmError } from "../error/mod.ts";
import { formatPlatform } from "../oci/mod.ts";
import {
  type AddedImage,
  openOwnStore,
  type OwnStore,
  type ProgressListener,
} from "../store/mod.ts";
import { print, printable } from "../ui/mod.ts";
import { Interruption } from "./interruption.ts";
import { jsonLine } from "./progress/json_progress.ts";
import { type ProgressAudience, ProgressDisplay } from "./progress/progress_display.ts";

/** The options of every command that brings an image into snapvm's own store. */
export interface BringOptions {
  /** `--json`. */
  readonly json?: true | undefined;
  /** `--quiet`. */
  readonly quiet?: true | undefined;
}

/** What brings the image. */
type Bring = (
  own: OwnStore,
  options: { readonly signal: AbortSignal; readonly onProgress: ProgressListener },
) => Promise<AddedImage>;

/** Brings an image into snapvm's own store, shows how that goes, and prints what has become of it. */
export async function bringImage(
  name: string,
  options: BringOptions,
  bring: Bring,
): Promise<AddedImage> {
  using interruption = new Interruption();
  using display = new ProgressDisplay(name, audienceOf(options));
  display.start();
  try {
    const own = await openOwnStore();
    const added = await bring(own, {
      signal: AbortSignal.any([interruption.signal, display.signal]),
      onProgress: display.listener,
    });
    display.clear();
    printAdded(added, options, display.summary);
    return added;
  } catch (error) {
    display.fail(error);
    if (options.json) printFailure(error);
    throw error;
  }
}

function audienceOf({ json, quiet }: BringOptions): ProgressAudience {
  if (json) return "program";
  return quiet ? "nobody" : "people";
}

/** Says for a program that no result comes. People are told by whoever catches the error. */
function printFailure(error: unknown): void {
  if (!(error instanceof SnapvmError)) return;
  try {
    jsonLine({ type: "error", code: error.code, message: error.message });
  } catch {
    // The program has gone.
  }
}

function printAdded(added: AddedImage, { json, quiet }: BringOptions, summary?: string): void {
  const { reference, index, manifest, platform, snapshot } = added;
  const platformName = formatPlatform(platform);
  if (json) {
    return jsonLine({
      type: "result",
      reference: reference ?? null,
      index,
      manifest,
      platform: platformName,
      snapshot: snapshot?.path ?? null,
    });
  }
  const name = printable(reference ?? manifest);
  const rest = quiet ? [] : [platformName, ...summary ? [summary] : []];
  print(`${[name, ...rest].join("  ")}\n`);
}
