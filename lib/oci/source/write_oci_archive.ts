import type { Descriptor } from "../documents/descriptor.ts";
import type { ImageSource } from "./image_source.ts";
import type { ByteWriter, WriteOciArchiveOptions } from "./write_options.ts";

/**
 * Writes an image as an archive in OCI's layout, which skopeo, podman and Docker read. What the source does not have is
 * left out: its index then lists the rest. Everything is verified while it is written, and the same image gives the
 * same bytes.
 *
 * Source: the OCI image specification, `image-layout.md`.
 *
 * @param source Where the image is.
 * @param output The path of a file, which appears whole or not at all, or where to write.
 * @param options What to write.
 * @returns The image as the archive has it: its index, or its only manifest.
 * @throws {SnapvmError} `unwritable` if the output cannot be written; `blob-not-found` if the source has nothing of the
 * image whole; `image-not-in-source` if the image is not made for the platform; `corrupt-blob`, and whatever reading
 * the source throws.
 *
 * @example A root filesystem as an image
 * ```ts
 * import { openImport, openTransport, tarEnd, tarHeader, writeOciArchive } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * const member = tarHeader({
 *   path: new TextEncoder().encode("etc/"),
 *   type: "directory",
 *   mode: 0o755,
 *   uid: 0,
 *   gid: 0,
 *   size: 0,
 *   mtimeNs: 0n,
 * });
 * await Deno.writeFile(`${folder}/root.tar`, new Uint8Array([...member, ...tarEnd]));
 *
 * await using source = await openImport(`${folder}/root.tar`);
 * const reference = "example.com/root:1";
 * const { digest } = await writeOciArchive(source, `${folder}/image.tar`, { reference });
 *
 * await using written = await openTransport(`oci-archive:${folder}/image.tar`);
 * assert.equal((await written.root()).descriptor.digest, digest);
 * assert.equal(written.reference, reference);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeOciArchive(
  source: ImageSource,
  output: string | ByteWriter,
  options: WriteOciArchiveOptions = {},
): Promise<Descriptor> {
  const { writeArchiveFile, writeArchiveTo } = await import(
    import.meta.resolve("./archive_writer.ts")
  ) as typeof import("./archive_writer.ts");
  return typeof output === "string"
    ? await writeArchiveFile(source, output, options)
    : await writeArchiveTo(source, output, options);
}
