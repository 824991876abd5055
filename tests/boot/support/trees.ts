import { dirname, join } from "node:path";

/** The paths of a tree, with the bytes or the text of a file, or a link. */
export type Tree = Readonly<Record<string, Uint8Array | string | { readonly link: string }>>;

/** Makes files and links below a folder, and the folders that they need. */
export async function plant(folder: string, tree: Tree): Promise<void> {
  for (const [path, content] of Object.entries(tree)) {
    const here = join(folder, path);
    await Deno.mkdir(dirname(here), { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(here, content);
    else if (content instanceof Uint8Array) await Deno.writeFile(here, content);
    else await Deno.symlink(content.link, here);
  }
}
