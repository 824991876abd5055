import { breach } from "./breach.ts";
import type { Bytes } from "./bytes.ts";
import { type Frame, FrameType, hasChannel, HEADER_SIZE, MAX_PAYLOAD } from "./frame.ts";

const LAST_CHANNEL = 2;

/**
 * Takes the frames out of a stream of bytes that is cut anywhere. It keeps one unfinished frame at most.
 *
 * A payload that lies in one piece is not copied: it shares its memory with the bytes that were pushed.
 */
export class FrameDecoder {
  readonly #header = new Uint8Array(HEADER_SIZE);
  readonly #view = new DataView(this.#header.buffer);
  /** How much of the header has come. */
  #headerLength = 0;
  /** What has come of a payload that came in pieces. */
  #payload: Bytes | undefined;
  #payloadLength = 0;

  /** Whether the last byte was the last one of a frame. */
  get isWhole(): boolean {
    return this.#headerLength === 0;
  }

  /**
   * Takes the next bytes.
   *
   * @param bytes As they came. They must not be changed afterwards.
   * @param take Called with each frame that is complete now, in order.
   * @throws {SnapvmError} `agent-protocol` if a frame has a length, a type or a channel that is not allowed. The decoder
   *   is of no use then.
   */
  push(bytes: Bytes, take: (frame: Frame) => void): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#headerLength < HEADER_SIZE) {
        const size = Math.min(HEADER_SIZE - this.#headerLength, bytes.length - at);
        this.#header.set(bytes.subarray(at, at + size), this.#headerLength);
        this.#headerLength += size;
        at += size;
        if (this.#headerLength < HEADER_SIZE) return;
        this.#checkHeader();
      }
      const length = this.#view.getUint16(4, true);
      if (this.#payload === undefined && bytes.length - at >= length) {
        this.#finish(bytes.subarray(at, at + length), take);
        at += length;
        continue;
      }
      this.#payload ??= new Uint8Array(length);
      const size = Math.min(length - this.#payloadLength, bytes.length - at);
      this.#payload.set(bytes.subarray(at, at + size), this.#payloadLength);
      this.#payloadLength += size;
      at += size;
      if (this.#payloadLength === length) this.#finish(this.#payload, take);
    }
  }

  #checkHeader(): void {
    const stream = this.#view.getUint32(0, true);
    const length = this.#view.getUint16(4, true);
    const [type, channel] = [this.#header[6]!, this.#header[7]!];
    if (length > MAX_PAYLOAD) throw breach(`a frame of ${length} bytes`, stream);
    if (type < FrameType.hello || type > FrameType.event) {
      throw breach(`a frame of the unknown type ${type}`, stream);
    }
    if (channel > (hasChannel(type) ? LAST_CHANNEL : 0)) {
      throw breach(`a frame of type ${type} for channel ${channel}`, stream);
    }
  }

  #finish(payload: Bytes, take: (frame: Frame) => void): void {
    this.#headerLength = 0;
    this.#payload = undefined;
    this.#payloadLength = 0;
    take({
      stream: this.#view.getUint32(0, true),
      type: this.#header[6]!,
      channel: this.#header[7]!,
      payload,
    });
  }
}
