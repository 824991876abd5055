type Bytes = Uint8Array<ArrayBuffer>;

/** The guest keeps a whole frame in memory. */
const MAX_FRAME_SIZE = 65536;

/**
 * Puts a command's input into frames: a line with a number of bytes, and then that many bytes. An empty frame is the
 * end of the input, because not every hypervisor passes on the end of a port.
 */
export function inputFrames(): TransformStream<Bytes, Bytes> {
  return new TransformStream({
    transform(bytes, controller) {
      for (let start = 0; start < bytes.length; start += MAX_FRAME_SIZE) {
        controller.enqueue(frame(bytes.subarray(start, start + MAX_FRAME_SIZE)));
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
