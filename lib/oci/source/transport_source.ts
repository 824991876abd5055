import { openDockerArchive } from "./docker_archive.ts";
import { openEngineImage } from "./engine_image.ts";
import { FolderFiles } from "./folder_files.ts";
import type { ImageSource } from "./image_source.ts";
import { LayoutSource } from "./layout_source.ts";
import { openArchive } from "./open_archive.ts";
import type { OpenTransportOptions } from "./transport_options.ts";
import { StoredFile } from "./stored_file.ts";
import { invalidTransport, type Transport } from "./transport.ts";

/** Does the work of `openTransport()`. */
export async function transportSource(
  transport: Transport,
  { signal }: OpenTransportOptions,
): Promise<ImageSource> {
  switch (transport.kind) {
    case "oci": {
      const { path, image } = transport;
      return await LayoutSource.open(await FolderFiles.open(path, path), image, signal);
    }
    case "oci-archive": {
      const { path, image } = transport;
      const files = await openArchive(await StoredFile.open(path, path), signal);
      return await LayoutSource.open(files, image, signal);
    }
    case "docker-archive": {
      const { path, image } = transport;
      const files = await openArchive(await StoredFile.open(path, path), signal);
      return await openDockerArchive(files, image, signal);
    }
    case "containers-storage":
    case "docker-daemon":
      return await openEngineImage(transport.kind, transport.reference, signal);
    case "docker":
      throw invalidTransport(`docker://${transport.reference}`, "it is in a registry");
  }
}
