import assert from "node:assert/strict";
import { LineSplitter, readLines } from "../../../lib/host/mod.ts";

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("LineSplitter.push() gives whole lines, however the bytes are cut", async (t) => {
  const rows = [
    { name: "nothing", chunks: [""], lines: [] },
    { name: "one line", chunks: ["one\n"], lines: ["one"] },
    { name: "two lines at once", chunks: ["one\ntwo\nthr"], lines: ["one", "two"] },
    { name: "a line in pieces", chunks: ["o", "n", "e", "\n"], lines: ["one"] },
    { name: "empty lines", chunks: ["\n\n"], lines: ["", ""] },
    { name: "exactly as long as allowed", chunks: ["12345678\n"], lines: ["12345678"] },
    { name: "too long, at once", chunks: ["123456789\nnext\n"], lines: ["12345678", "next"] },
    { name: "too long, in pieces", chunks: ["1234567", "89", "\n"], lines: ["12345678"] },
  ];
  for (const { name, chunks, lines } of rows) {
    await t.step(name, () => {
      const splitter = new LineSplitter(8);
      assert.deepEqual(chunks.flatMap((chunk) => splitter.push(encode(chunk))), lines);
    });
  }
  await t.step("a character in pieces", () => {
    const splitter = new LineSplitter(8);
    const bytes = encode("ümläut\n");
    const lines = Array.from(bytes, (byte) => splitter.push(Uint8Array.of(byte))).flat();
    assert.deepEqual(lines, ["ümläut"]);
  });
});

Deno.test("LineSplitter.push() does not keep a line that never ends", () => {
  const splitter = new LineSplitter(8);
  const chunk = encode("x".repeat(2 ** 20));
  const before = Deno.memoryUsage().rss;
  for (let nth = 0; nth < 200; nth++) splitter.push(chunk);
  assert.ok(Deno.memoryUsage().rss - before < 100 * 2 ** 20);
  assert.deepEqual(splitter.push(encode("\n")), ["xxxxxxxx"]);
});

Deno.test("readLines() reads a stream's lines, and cancels one that is not read to its end", async () => {
  const source = () => ReadableStream.from(["one\nt", "wo\nthree"].map(encode));
  assert.deepEqual(await Array.fromAsync(readLines(source(), 8)), ["one", "two"]);
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(encode("again\n")),
    cancel: () => {
      cancelled = true;
    },
  });
  for await (const line of readLines(endless, 8)) {
    assert.equal(line, "again");
    break;
  }
  assert.equal(cancelled, true);
});
