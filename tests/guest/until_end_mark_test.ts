import assert from "node:assert/strict";
import fc from "fast-check";
import { untilEndMark } from "../../lib/guest/until_end_mark.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const MARK = "abac-abad";

function bytes(text: string): Bytes {
  return new TextEncoder().encode(text);
}

function concat(parts: readonly Bytes[]): Bytes {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** Cuts bytes at some places; the same place twice makes an empty chunk. */
function cut(whole: Bytes, places: readonly number[]): Bytes[] {
  const offsets = places.map((place) => place % (whole.length + 1)).sort((a, b) => a - b);
  return [0, ...offsets].map((start, i) => whole.slice(start, offsets[i] ?? whole.length));
}

async function read(chunks: readonly Bytes[]): Promise<{ output: Bytes; status?: number }> {
  const { output, status } = untilEndMark(ReadableStream.from(chunks), MARK);
  const all = concat(await Array.fromAsync(output));
  const number = await status;
  return { output: all, ...number !== undefined && { status: number } };
}

/** Any bytes, and pieces that look like the beginning of a mark or like a false one. */
const output = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((array) => new Uint8Array(array)),
    fc.constantFrom(
      ...["a", "aba", "abac", "abac-", "abac-aba", MARK, `${MARK} `, `${MARK} 12`, `${MARK} x\n`]
        .concat(`${MARK}  1\n`, `${MARK} \n`, `${MARK} 1234\n`, `abac-abac-abad`, `\n`, `0`)
        .map(bytes),
    ),
  ),
  { maxLength: 12 },
).map(concat);

const places = fc.array(fc.nat(), { maxLength: 30 });

/** Whether a text has a mark by chance, found in another way than the one that is tested. */
function hasMark(whole: Bytes): boolean {
  return /abac-abad \d{1,3}\n/.test(new TextDecoder("latin1").decode(whole));
}

Deno.test("untilEndMark() passes on every byte before the mark and none after, however it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      output,
      fc.integer({ min: 0, max: 255 }),
      fc.uint8Array({ maxLength: 20 }),
      places,
      async (before, status, after, places) => {
        const mark = bytes(`${MARK} ${status}\n`);
        fc.pre(!hasMark(concat([before, mark.subarray(0, -1)])));
        const whole = concat([before, mark, new Uint8Array(after)]);
        assert.deepEqual(await read(cut(whole, places)), { output: before, status });
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("untilEndMark() passes on everything when there is no mark", async () => {
  await fc.assert(
    fc.asyncProperty(output, places, async (whole, places) => {
      fc.pre(!hasMark(whole));
      assert.deepEqual(await read(cut(whole, places)), { output: whole });
    }),
    { numRuns: 1000 },
  );
});

Deno.test("untilEndMark() passes on what stands before a mark without waiting for it", async () => {
  const source = new TransformStream<Bytes, Bytes>();
  const { output } = untilEndMark(source.readable, MARK);
  const reader = output.getReader();
  const writer = source.writable.getWriter();
  void writer.write(bytes("a prompt: abac-a"));
  assert.deepEqual((await reader.read()).value, bytes("a prompt: "));
  void writer.write(bytes("nd more"));
  assert.deepEqual((await reader.read()).value, bytes("abac-and more"));
  await reader.cancel();
});

Deno.test("untilEndMark() stops reading its source at the mark", async () => {
  let cancelled = false;
  const source = new ReadableStream<Bytes>({
    pull: (controller) => controller.enqueue(bytes(`out${MARK} 0\n`)),
    cancel: () => void (cancelled = true),
  });
  const { output, status } = untilEndMark(source, MARK);
  assert.deepEqual(concat(await Array.fromAsync(output)), bytes("out"));
  assert.equal(await status, 0);
  assert.equal(cancelled, true);
});

Deno.test("untilEndMark() has no status when its output is cancelled or its source fails", async () => {
  const cancelled = untilEndMark(new ReadableStream<Bytes>(), MARK);
  await cancelled.output.cancel();
  assert.equal(await cancelled.status, undefined);

  const failing = untilEndMark(
    new ReadableStream<Bytes>({ pull: () => Promise.reject(new Error("gone")) }),
    MARK,
  );
  await assert.rejects(Array.fromAsync(failing.output), { message: "gone" });
  assert.equal(await failing.status, undefined);
});
