type Bytes = Uint8Array<ArrayBuffer>;

/** The most bytes in a frame: the guest has a whole one in memory. */
const LARGEST_FRAME = 65536;

/**
 * Puts a command's input into frames: a line with a number of bytes, and then so many bytes. A frame without any is
 * the end. A port has no end that every hypervisor passes on.
 */
export function inputFrames(): TransformStream<Bytes, Bytes> {
  return new TransformStream({
    transform(bytes, controller) {
      for (let start = 0; start < bytes.length; start += LARGEST_FRAME) {
        controller.enqueue(frame(bytes.subarray(start, start + LARGEST_FRAME)));
      }
    },
    flush(controller) {
      controller.enqueue(frame(new Uint8Array(0)));
    },
  });
}

function frame(content: Bytes): Bytes {
  const size = new TextEncoder().encode(`${content.length}\n`);
  const bytes = new Uint8Array(size.length + content.length);
  bytes.set(size);
  bytes.set(content, size.length);
  return bytes;
}
