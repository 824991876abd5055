/** The media types that are written here. Source: the OCI image specification, `media-types.md`. */
export const MEDIA_TYPES = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

const INDEXES: readonly string[] = [
  MEDIA_TYPES.index,
  "application/vnd.docker.distribution.manifest.list.v2+json",
];

/** Whether a document is an index, and not a manifest. */
export function isIndex(mediaType: string): boolean {
  return INDEXES.includes(mediaType);
}
