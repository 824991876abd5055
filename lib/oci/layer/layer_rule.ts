/** The rules by which a layer is refused; docs/layers.md has them all, those that only say what is done included. */
export type LayerRule =
  // The compressed stream
  | "gzip-damaged"
  | "zstd-damaged"
  | "zstd-window"
  | "compression-unknown"
  | "diff-id"
  | "too-large"
  // The archive
  | "archive-truncated"
  | "header-checksum"
  | "lone-zero-block"
  | "bad-number"
  | "bad-pax-record"
  | "header-too-large"
  | "bad-name"
  | "name-too-long"
  | "bad-sparse-map"
  | "unknown-type"
  | "owner-out-of-range"
  | "device-out-of-range"
  | "bad-xattr"
  | "too-many-members"
  // The tree
  | "root-not-a-folder"
  | "bad-whiteout"
  | "below-a-file"
  | "symlink-loop"
  | "empty-symlink"
  | "link-without-target"
  | "link-to-a-folder";
