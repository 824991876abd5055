import { openOwnStore, removeImage } from "../store/mod.ts";
import { ExitStatus, print, printable, reportError } from "../ui/mod.ts";
import { adviceFor } from "./advice.ts";

interface RemoveOptions {
  readonly debug?: true | undefined;
}

/** `snapvm rm-image`. */
export async function rmImage(options: RemoveOptions, ...images: string[]): Promise<void> {
  const own = await openOwnStore();
  for (const image of images) {
    try {
      const removed = await removeImage(own, image);
      print(`${printable(removed.reference)}\n`);
    } catch (error) {
      // One that is not there keeps none of the others.
      const report = reportError(error, { debug: options.debug ?? false, advise: adviceFor });
      print(report.text, Deno.stderr);
      Deno.exitCode = ExitStatus.failure;
    }
  }
}
