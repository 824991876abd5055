import { debugfs, run } from "./programs.ts";

/** What goes into an image. */
export interface ImageContent {
  /** The arguments of `mke2fs` (default: ext4 without a journal). */
  readonly options?: readonly string[];
  /** The size in bytes (default: 1 MiB). */
  readonly size?: number;
  /** Fills the folder that becomes the root. */
  readonly fill?: (folder: string) => void | Promise<void>;
  /** Commands for `debugfs`, after that. */
  readonly commands?: readonly string[];
}

/** Makes an image that lasts as long as `use`. */
export async function withImage(
  content: ImageContent,
  use: (image: string) => void | Promise<void>,
): Promise<void> {
  const { options = ["-t", "ext4", "-O", "^has_journal"], size = 2 ** 20 } = content;
  const folder = await Deno.makeTempDir({ prefix: "snapvm-image-" });
  try {
    const image = `${folder}/image`;
    await Deno.mkdir(`${folder}/root`);
    await content.fill?.(`${folder}/root`);
    await Deno.writeFile(image, new Uint8Array());
    await Deno.truncate(image, size);
    await run("mke2fs", ["-q", "-F", ...options, "-d", `${folder}/root`, image]);
    if (content.commands !== undefined) await debugfs(image, content.commands, ["-w"]);
    await use(image);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
