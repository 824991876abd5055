import { run } from "../../../ext4/support/programs.ts";

/** Mounts an image so that it can be written to, and takes it down before it returns. Needs root. */
export async function withWritableMount<Result>(
  image: string,
  use: (root: string) => Result | Promise<Result>,
): Promise<Result> {
  const folder = await Deno.makeTempDir({ prefix: "snapvm-mount-" });
  try {
    await run("mount", ["-t", "ext4", "-o", "loop,rw", image, folder]);
    try {
      return await use(folder);
    } finally {
      await run("umount", [folder]);
    }
  } finally {
    await Deno.remove(folder);
  }
}

/** Throws unless `e2fsck` finds nothing at all to say against an image. */
export async function fsck(image: string): Promise<void> {
  await run("e2fsck", ["-f", "-n", image]);
}
