import { openImport, parseTransport, type Platform } from "../oci/mod.ts";
import { addImage, openSource } from "../store/mod.ts";
import { CommandFailure, ExitStatus, print } from "../ui/mod.ts";
import { bringImage, type BringOptions } from "./bring_image.ts";

interface ImportOptions extends BringOptions {
  readonly name?: string | undefined;
  readonly platform?: Platform | undefined;
  readonly noUnpack?: true | undefined;
}

/** `snapvm import`. */
export async function importImage(options: ImportOptions, source: string): Promise<void> {
  const { name, platform, noUnpack, json, quiet } = options;
  if (source === "-" && Deno.stdin.isTerminal()) {
    throw new CommandFailure("Cannot read an image from a terminal", {
      status: ExitStatus.usage,
      advice: "Send it one: podman save example.com/os:1 | snapvm import -",
    });
  }
  const added = await bringImage(source, options, async (own, { signal, onProgress }) => {
    await using opened = parseTransport(source) === undefined
      ? await openImport(source, { platform, signal })
      : await openSource(source, { signal });
    return await addImage(own, opened, {
      reference: name ?? opened.reference,
      platform,
      unpack: !noUnpack,
      signal,
      onProgress,
    });
  });
  if (added.reference !== undefined || json || quiet) return;
  print("It has no name: snapvm prune removes it. With --name it has one.\n", Deno.stderr);
}
