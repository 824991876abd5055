import assert from "node:assert/strict";
import { hasCode } from "../../../lib/error/mod.ts";
import { encodeFrame, type Frame, FrameDecoder, MAX_PAYLOAD } from "../../../lib/guest/mod.ts";
import { seeded } from "../support/random.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const SIZES = [0, 1, 7, 8, 9, 300, MAX_PAYLOAD - 1, MAX_PAYLOAD];

Deno.test("a frame is what docs/agent.md says, byte for byte", () => {
  assert.deepEqual(
    encodeFrame({ stream: 0x01020304, type: 5, channel: 2, payload: Uint8Array.of(9, 8) }),
    Uint8Array.of(4, 3, 2, 1, 2, 0, 5, 2, 9, 8),
  );
});

Deno.test("frames come out as they went in, wherever their bytes are cut", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seeded(seed);
    const frames = Array.from({ length: 1 + random(12) }, (): Frame => {
      const type = 1 + random(11);
      return {
        stream: random(2) === 0 ? random(5) : random(2 ** 32),
        type,
        channel: type >= 5 && type <= 7 ? random(3) : 0,
        payload: crypto.getRandomValues(new Uint8Array(SIZES[random(SIZES.length)]!)),
      };
    });
    const bytes = concat(frames.map(encodeFrame));
    const decoder = new FrameDecoder();
    const found: Frame[] = [];
    for (let at = 0; at < bytes.length;) {
      const size = random(3) === 0 ? 1 + random(3) : 1 + random(70_000);
      decoder.push(bytes.slice(at, at + size), (frame) => found.push(frame));
      at += size;
    }
    assert.deepEqual(found, frames, `seed ${seed}`);
    assert.equal(decoder.isWhole, true);
  }
});

Deno.test("whatever the bytes are, they are frames or a typed error", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const random = seeded(seed);
    const bytes = crypto.getRandomValues(new Uint8Array(8 + random(2000)));
    // Most bytes are no frame; some look like one.
    if (random(2) === 0) bytes.set([1, 0, 0, 0, random(256), random(140), random(14), random(4)]);
    const decoder = new FrameDecoder();
    try {
      for (let at = 0; at < bytes.length; at += 100) {
        decoder.push(bytes.slice(at, at + 100), ({ type, channel, payload }) => {
          assert(type >= 1 && type <= 11 && channel <= 2 && payload.length <= MAX_PAYLOAD);
        });
      }
    } catch (error) {
      assert(hasCode(error, "agent-protocol"), `seed ${seed}: ${error}`);
    }
  }
});

Deno.test("a header that is not allowed is a breach before its payload comes", () => {
  const rows: [name: string, header: number[], what: string][] = [
    ["too long", [1, 0, 0, 0, 0xf9, 0x7f, 5, 1], "a frame of 32761 bytes"],
    ["type 0", [1, 0, 0, 0, 1, 0, 0, 0], "a frame of the unknown type 0"],
    ["type 12", [1, 0, 0, 0, 1, 0, 12, 0], "a frame of the unknown type 12"],
    ["channel 3", [1, 0, 0, 0, 1, 0, 5, 3], "a frame of type 5 for channel 3"],
    ["a channel in CLOSE", [1, 0, 0, 0, 1, 0, 8, 1], "a frame of type 8 for channel 1"],
  ];
  for (const [name, header, what] of rows) {
    assert.throws(
      () => new FrameDecoder().push(new Uint8Array(header), () => assert.fail()),
      (error) =>
        hasCode(error, "agent-protocol") && error.data.what === what && error.data.stream === 1,
      name,
    );
  }
});

function concat(parts: readonly Bytes[]): Bytes {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
