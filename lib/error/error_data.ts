/** A failure about which there is nothing to say beyond its message. */
type NoData = Readonly<Record<never, never>>;

/** How an image comes into a store, or gets out of it, when something about it is missing or damaged. */
export interface Remedy {
  /**
   * `pull` brings the image and unpacks it, `unpack` makes a snapshot of an image that is there, `replace` makes a
   * damaged snapshot again, and `delete` removes one that no reference leads to.
   */
  readonly action: "pull" | "unpack" | "replace" | "delete";
  /** Whose store it is: Apple's `container` fills its own. */
  readonly store: "apple" | "snapvm";
  /** The image's full reference, or its digest if it has none. */
  readonly reference: string;
  /** The platform, `linux/arm64`; absent if it is not known. */
  readonly platform?: string;
}

/**
 * Every code that a `SnapvmError` can have, and what its `data` says. Codes are stable; messages are for people and may
 * change.
 */
export interface ErrorData {
  // The filesystem (lib/ext4)

  /** A filesystem contradicts itself. The class `Corrupt` says where. */
  readonly "corrupt-filesystem": NoData;
  /** A filesystem uses a feature that the reader does not know. The class `Incompatible` names it. */
  readonly "incompatible-filesystem": NoData;
  /** A file was looked up in one filesystem and then used with another. */
  readonly "foreign-file": NoData;

  // Names and documents of images (lib/oci)

  /** A text is not an image reference. */
  readonly "invalid-reference": { readonly text: string };
  /** A text is not a platform. */
  readonly "invalid-platform": { readonly text: string };
  /** A text is not a digest, or not one that can be verified. */
  readonly "invalid-digest": { readonly text: string };
  /** A JSON document is not what its specification says. The class `MalformedJson` names the member at fault. */
  readonly "malformed-json": NoData;
  /** A blob's bytes do not match its digest. */
  readonly "corrupt-blob": { readonly digest: string };
}

/** What kind of failure a `SnapvmError` is. */
export type ErrorCode = keyof ErrorData;
