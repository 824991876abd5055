import { openDockerArchive } from "./docker_archive.ts";
import type { ImageSource } from "./image_source.ts";
import { LayoutSource } from "./layout_source.ts";
import { openArchive } from "./open_archive.ts";
import { programOutput } from "./program_output.ts";
import { spool } from "./spool.ts";

/**
 * Opens an image that podman or Docker keeps, through the program itself: how they keep it is their own affair.
 *
 * @param kind Whose it is.
 * @param reference The image as the program calls it: a reference or an ID.
 * @param signal Ends it when it aborts.
 * @throws {SnapvmError} `program-not-found`, `program-failed`; `unwritable` if there is no room for what it writes.
 */
export async function openEngineImage(
  kind: "containers-storage" | "docker-daemon",
  reference: string,
  signal?: AbortSignal,
): Promise<ImageSource> {
  const name = `${kind}:${reference}`;
  if (kind === "docker-daemon") {
    const output = programOutput("docker", ["save", "--", reference], name, signal);
    const files = await openArchive(await spool(output, name, signal), signal);
    // All images of a repository are in it if the reference has no tag.
    return await openDockerArchive(files, { ifSeveral: reference }, signal);
  }
  const args = ["save", "-q", "--format", "oci-archive", "--", reference];
  const output = programOutput("podman", args, name, signal);
  const files = await openArchive(await spool(output, name, signal), signal);
  return await LayoutSource.open(files, {}, signal);
}
