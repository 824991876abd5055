import { createHash } from "node:crypto";
import type { LayerInput } from "../../../../lib/oci/layer/layer_input.ts";
import {
  tarEnd,
  tarHeader,
  type TarMember,
  tarPadding,
} from "../../../../lib/oci/layer/tar_header.ts";

/** Encodes a text as UTF-8. */
export const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** Puts arrays together. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The sha256 digest of some bytes. */
export function digestOf(data: Uint8Array): string {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}

/** A member, with its path as text and its data. */
export type Member = Partial<Omit<TarMember, "path" | "linkPath">> & {
  readonly path: string;
  readonly link?: string;
  readonly data?: string | Uint8Array;
};

/** An archive of some members, by snapvm's own encoder. */
export function archiveOf(...members: readonly Member[]): Uint8Array<ArrayBuffer> {
  return concat(...members.map(memberOf), tarEnd);
}

/** One member: its headers and its data. */
export function memberOf({ path, link, data = "", ...rest }: Member): Uint8Array<ArrayBuffer> {
  const content = typeof data === "string" ? bytes(data) : data;
  const header = tarHeader({
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: content.length,
    mtimeNs: 0n,
    ...rest,
    path: bytes(path),
    ...link !== undefined && { linkPath: bytes(link) },
  });
  return concat(header, content, tarPadding(content.length));
}

/** What {@linkcode layerOf} can be told. */
export interface LayerOptions {
  readonly mediaType?: string;
  /** The archive that the blob is of. */
  readonly archive?: Uint8Array;
  /** The size of the pieces in which the blob arrives. */
  readonly pieceSize?: number;
}

/** A layer of some blob; by default an archive that is not compressed, in one piece. */
export function layerOf(
  blob: Uint8Array<ArrayBuffer>,
  { mediaType, archive = blob, pieceSize = Infinity }: LayerOptions = {},
): LayerInput {
  return {
    descriptor: {
      mediaType: mediaType ?? "application/vnd.oci.image.layer.v1.tar",
      digest: digestOf(blob),
      size: blob.length,
    },
    diffId: digestOf(archive),
    async *open() {
      for (let at = 0; at < blob.length; at += pieceSize) {
        yield blob.slice(at, Math.min(at + pieceSize, blob.length));
      }
    },
  };
}
