import { parseTransport, type Platform, writeOciArchive } from "../oci/mod.ts";
import { openSource, openStores, storedSource } from "../store/mod.ts";
import { CommandFailure, ExitStatus, formatSize, LiveLines, printable } from "../ui/mod.ts";
import { Interruption } from "./interruption.ts";

interface SaveOptions {
  readonly platform?: Platform | undefined;
  readonly store?: string | undefined;
}

/** `snapvm save`. */
export async function save(options: SaveOptions, image: string, file: string): Promise<void> {
  const { platform, store } = options;
  if (file === "-" && Deno.stdout.isTerminal()) {
    throw new CommandFailure("Cannot write an archive to a terminal", {
      status: ExitStatus.usage,
      advice: "Send it into a program: snapvm save demo - | podman load",
    });
  }
  using interruption = new Interruption();
  const { signal } = interruption;
  await using source = parseTransport(image) === undefined
    ? await storedSource(image, { stores: await openStores({ store }), platform })
    : await openSource(image, { signal });
  let progress = "";
  using live = new LiveLines((columns) => [progress.slice(0, columns)]);
  if (LiveLines.areShown) live.start();
  await writeOciArchive(source, file === "-" ? Deno.stdout : file, {
    reference: source.reference,
    platform,
    signal,
    onProgress: ({ done, size }) => {
      progress = `${printable(image)}: ${formatSize(done)} of ${formatSize(size)}`;
    },
  });
}
