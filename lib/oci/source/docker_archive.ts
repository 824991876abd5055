import { JsonValue } from "../documents/json_value.ts";
import { parseImageConfig } from "../documents/image_config.ts";
import type { Descriptor } from "../documents/descriptor.ts";
import { compressionOf } from "./compression.ts";
import { BlobHash } from "./blob_hash.ts";
import { type ImageChoice, imageNotInSource } from "./image_choice.ts";
import type { ImageFiles } from "./image_files.ts";
import type { ImageSource } from "./image_source.ts";
import { MadeImage, type MadeLayer } from "./made_image.ts";
import { MEDIA_TYPES } from "./media_types.ts";
import { readImageFile } from "./read_image_file.ts";
import { fullReference } from "./reference_in.ts";
import { sourceUnreadable } from "./source_errors.ts";

/** Enough to see how a layer is compressed. */
const MAGIC_SIZE = 6;

/** Which image of a docker-archive. */
export interface DockerChoice extends ImageChoice {
  /** Its name, if there are several; a single one is taken, whatever it is called. */
  readonly ifSeveral?: string;
}

/** An image in the list of a docker-archive. */
interface ArchivedImage {
  readonly config: string;
  readonly tags: readonly string[];
  readonly layers: readonly string[];
}

/**
 * Opens an image of a docker-archive, as `docker save` makes it. Its layers have no descriptors there: they are made,
 * and with them the manifest.
 *
 * A layer that is not compressed has the digest that the configuration lists; whoever reads it verifies that. Others
 * are read once to get theirs.
 *
 * Source: the Docker image specification, version 1.2, "Combined Image JSON + Filesystem Changeset Format".
 *
 * @param files The archive's files. They are closed with the source, also if this fails.
 * @param choice Which of its images.
 * @param signal Ends it when it aborts.
 * @throws {SnapvmError} `image-not-in-source` if there is no such image, or several and none is named;
 * `source-unreadable` if the archive is damaged; {@linkcode MalformedJson}.
 */
export async function openDockerArchive(
  files: ImageFiles,
  choice: DockerChoice = {},
  signal?: AbortSignal,
): Promise<ImageSource> {
  try {
    const images = await readImages(files, signal);
    const { name = images.length > 1 ? choice.ifSeveral : undefined, position } = choice;
    const image = choose(images, { name, position }, files.name);
    const config = await readImageFile(files, image.config, signal);
    if (config === undefined) throw sourceUnreadable(files.name, `it has no ${image.config}`);
    const { os, architecture, variant, rootfs } = parseImageConfig(
      config,
      `${image.config} of ${files.name}`,
    );
    const diffIds = rootfs.diff_ids;
    if (diffIds.length !== image.layers.length) {
      throw sourceUnreadable(
        files.name,
        `it has ${image.layers.length} layers, and ${image.config} lists ${diffIds.length}`,
      );
    }
    const layers: MadeLayer[] = [];
    for (const [index, path] of image.layers.entries()) {
      const descriptor = await describeLayer(files, path, diffIds[index]!, signal);
      layers.push({
        descriptor,
        open: ({ offset = 0, signal }) =>
          files.open(path, offset, descriptor.size - offset, signal),
      });
    }
    return await MadeImage.of({
      name: files.name,
      reference: nameOf(image, name),
      platform: { os, architecture, ...(variant !== undefined && { variant }) },
      config,
      layers,
      close: async () => await files[Symbol.asyncDispose](),
    });
  } catch (error) {
    await files[Symbol.asyncDispose]();
    throw error;
  }
}

async function readImages(files: ImageFiles, signal?: AbortSignal): Promise<ArchivedImage[]> {
  const bytes = await readImageFile(files, "manifest.json", signal);
  if (bytes === undefined) throw sourceUnreadable(files.name, "it has no manifest.json");
  return JsonValue.parse(bytes, `manifest.json of ${files.name}`).elements().map((json) => ({
    config: json.require("Config").string(),
    tags: json.get("RepoTags")?.strings() ?? [],
    layers: json.get("Layers")?.strings() ?? [],
  }));
}

function choose(
  images: readonly ArchivedImage[],
  { name, position }: ImageChoice,
  source: string,
): ArchivedImage {
  const available = images.map(({ tags }, at) => tags[0] ?? `@${at}`);
  if (position !== undefined || name !== undefined) {
    const wanted = name === undefined ? undefined : fullReference(name) ?? name;
    const found = position === undefined
      ? images.find(({ tags }) => tags.some((tag) => (fullReference(tag) ?? tag) === wanted))
      : images[position];
    if (found === undefined) throw imageNotInSource(source, name ?? `@${position}`, available);
    return found;
  }
  const [first] = images;
  if (first === undefined) throw sourceUnreadable(source, "its manifest.json lists no image");
  if (images.length > 1) throw imageNotInSource(source, undefined, available);
  return first;
}

/** The reference that was asked for; otherwise the first that the archive gives. */
function nameOf({ tags }: ArchivedImage, name: string | undefined): string | undefined {
  const text = name ?? tags[0];
  return text === undefined ? undefined : fullReference(text);
}

async function describeLayer(
  files: ImageFiles,
  path: string,
  diffId: string,
  signal?: AbortSignal,
): Promise<Descriptor> {
  const size = await files.size(path);
  if (size === undefined) throw sourceUnreadable(files.name, `it has no ${path}`);
  const start: number[] = [];
  for await (const chunk of files.open(path, 0, Math.min(size, MAGIC_SIZE), signal)) {
    start.push(...chunk);
  }
  const compression = compressionOf(Uint8Array.from(start), `${path} of ${files.name}`);
  if (compression === "none") return { mediaType: MEDIA_TYPES.layer, digest: diffId, size };
  if (compression === "xz") {
    throw sourceUnreadable(files.name, `its ${path} is compressed with xz, as no layer may be`);
  }
  const hash = new BlobHash();
  for await (const _ of hash.through(files.open(path, 0, size, signal)));
  return { mediaType: `${MEDIA_TYPES.layer}+${compression}`, ...hash.result() };
}
