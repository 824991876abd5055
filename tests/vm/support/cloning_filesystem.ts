import { join } from "node:path";
import { runProgram } from "../../../scripts/images/mod.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary_folder.ts";

/** Room for a few images; the file that it is in has no more than what is written to it. */
const SIZE = 4 * 2 ** 30;

/** Makes an empty folder on a filesystem of its own whose files can share blocks, as those of APFS do: Btrfs. */
export async function cloningFilesystem(): Promise<TemporaryFolder> {
  await using steps = new AsyncDisposableStack();
  const folder = steps.use(await temporaryFolder());
  const image = join(folder.path, "image");
  const path = join(folder.path, "filesystem");
  await Deno.mkdir(path);
  await Deno.writeFile(image, new Uint8Array());
  await Deno.truncate(image, SIZE);
  await runProgram("mkfs.btrfs", ["--quiet", image]);
  await runProgram("mount", ["-o", "loop", image, path]);
  steps.defer(async () => {
    await runProgram("umount", [path]);
  });
  const made = steps.move();
  return { path, [Symbol.asyncDispose]: () => made.disposeAsync() };
}
