type Bytes = Uint8Array<ArrayBuffer>;
/** Types of frames. */
export const FrameType = {
  hello: 1,
  part: 2,
  open: 3,
  opened: 4,
  data: 5,
  end: 6,
  credit: 7,
  close: 8,
  resize: 9,
  signal: 10,
  event: 11,
} as const;
export interface Frame {
  readonly stream: number;
  readonly type: number;
  readonly channel: number;
  readonly payload: Bytes;
}
const HEADER = 8;
const MAX_PAYLOAD = 32_760;
export function encodeFrame({ stream, type, channel, payload }: Frame): Bytes {
  const bytes = new Uint8Array(HEADER + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, stream, true);
  view.setUint16(4, payload.length, true);
  bytes[6] = type;
  bytes[7] = channel;
  bytes.set(payload, HEADER);
  return bytes;
}
export class FrameSplitter {
  #rest: Bytes = new Uint8Array();
  push(bytes: Bytes): Frame[] {
    if (this.#rest.length > 0) {
      const all = new Uint8Array(this.#rest.length + bytes.length);
      all.set(this.#rest);
      all.set(bytes, this.#rest.length);
      bytes = all;
    }
    const frames: Frame[] = [];
    let at = 0;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    while (bytes.length - at >= HEADER) {
      const length = view.getUint16(at + 4, true);
      if (length > MAX_PAYLOAD) throw new Error("frame too long");
      if (bytes.length - at < HEADER + length) break;
      frames.push({
        stream: view.getUint32(at, true),
        type: bytes[at + 6]!,
        channel: bytes[at + 7]!,
        payload: bytes.slice(at + HEADER, at + HEADER + length),
      });
      at += HEADER + length;
    }
    this.#rest = bytes.slice(at);
    return frames;
  }
}

export type Fields = readonly (readonly [name: string, value?: string])[];
export function encodeFields(fields: Fields): Bytes {
  return new TextEncoder().encode(
    fields.map(([n, v]) => (v === undefined ? n : `${n}=${v}`) + "\0").join(""),
  );
}
export function decodeFields(bytes: Bytes): Fields | undefined {
  if (bytes.length > 0 && bytes.at(-1) !== 0) return undefined;
  return new TextDecoder().decode(bytes).split("\0").slice(0, -1).map((text) => {
    const at = text.indexOf("=");
    return at < 0 ? [text] as const : [text.slice(0, at), text.slice(at + 1)] as const;
  });
}
