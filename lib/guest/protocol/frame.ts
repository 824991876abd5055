import type { Bytes } from "./bytes.ts";

/** The types of frames; `docs/agent.md` has what each is for. */
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

/** The size of a frame's header. */
export const HEADER_SIZE = 8;

/** The largest payload of a frame. */
export const MAX_PAYLOAD = 32_760;

/** What each channel of a stream may send before more is granted. */
export const INITIAL_CREDIT = 65_536;

/** A frame. */
export interface Frame {
  /** The stream's number; 0 is the connection itself. */
  readonly stream: number;
  /** One of {@linkcode FrameType}. */
  readonly type: number;
  /** The channel of DATA, END and CREDIT; 0 in all others. */
  readonly channel: number;
  /** What it carries. */
  readonly payload: Bytes;
}

/** The bytes of a frame, in memory of their own. */
export function encodeFrame({ stream, type, channel, payload }: Frame): Bytes {
  const bytes = new Uint8Array(HEADER_SIZE + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, stream, true);
  view.setUint16(4, payload.length, true);
  bytes[6] = type;
  bytes[7] = channel;
  bytes.set(payload, HEADER_SIZE);
  return bytes;
}

/** Whether frames of a type belong to a channel of a stream. */
export function hasChannel(type: number): boolean {
  return type === FrameType.data || type === FrameType.end || type === FrameType.credit;
}
