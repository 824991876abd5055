import { formatPlatform } from "../oci/mod.ts";
import {
  checkImage,
  type CheckProgress,
  type ImageCheck,
  type ImageOptions,
  openImage,
  openStores,
  type ResolvedImage,
} from "../store/mod.ts";
import { ExitStatus, print, printJson, StatusLine } from "../ui/mod.ts";
import { describeCheck } from "./check/describe_check.ts";
import { Interruption } from "./interruption.ts";

interface CheckOptions extends ImageOptions {
  readonly json?: boolean | undefined;
}

/** `snapvm check`. */
export async function check(options: CheckOptions, name: string): Promise<void> {
  using interruption = new Interruption();
  using opened = await openImage(name, options);
  using status = new StatusLine();
  const result = await checkImage(opened, {
    stores: await openStores({ store: options.store }),
    signal: interruption.signal,
    onProgress: progressTo(status),
  });
  status.clear();
  if (options.json) printJson(toJson(opened.image, result));
  else print(describeCheck(opened.image, result));
  if (result.findings.length > 0) Deno.exitCode = ExitStatus.failure;
  else if (result.uncompared !== undefined) Deno.exitCode = ExitStatus.incomplete;
}

/** Shows each step once. */
function progressTo(status: StatusLine): (progress: CheckProgress) => void {
  let shown: CheckProgress["type"] | undefined;
  return ({ type }) => {
    if (type === shown) return;
    shown = type;
    status.show(type === "layers" ? "Reading the layers" : "Comparing the snapshot");
  };
}

function toJson(image: ResolvedImage, result: ImageCheck) {
  return {
    image: image.name,
    reference: image.reference ?? null,
    store: image.store?.root ?? null,
    manifest: image.manifest?.digest ?? null,
    platform: image.platform ? formatPlatform(image.platform) : null,
    snapshot: image.snapshot.path,
    layers: result.layers,
    uncompared: result.uncompared ?? null,
    entries: result.entries,
    inexactTimes: result.inexactTimes,
    omitted: result.omitted,
    findings: result.findings,
  };
}
