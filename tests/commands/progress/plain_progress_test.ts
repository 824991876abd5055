import assert from "node:assert/strict";
import { ImageProgress } from "../../../lib/commands/progress/image_progress.ts";
import { JsonProgress } from "../../../lib/commands/progress/json_progress.ts";
import { PlainProgress } from "../../../lib/commands/progress/plain_progress.ts";
import type { ProgressEvent } from "../../../lib/store/mod.ts";
import { TransferRate } from "../../../lib/ui/mod.ts";

const MIB = 2 ** 20;
const DIGEST = `sha256:${"a".repeat(64)}`;
const BLOB = { type: "blob", digest: DIGEST, size: 100 * MIB } as const;
const UNPACK = { type: "unpack", manifest: DIGEST, size: 100 * MIB } as const;

/** A download at 1 MiB/s that was resumed at 20 MiB, then 25 s of unpacking: an event ten times a second. */
function* events(): Generator<{ time: number; event: ProgressEvent }> {
  yield {
    time: 0,
    event: {
      type: "resolved",
      reference: "x.io/os:1\x1b[31m",
      manifest: DIGEST,
      size: 100 * MIB,
      layers: 1,
    },
  };
  let time = 0;
  for (let done = 20; done < 100; done += 0.1, time += 100) {
    yield {
      time,
      event: { ...BLOB, done: done * MIB, state: "arriving", resumedAt: 20 * MIB },
    };
  }
  yield { time, event: { ...BLOB, done: 100 * MIB, state: "complete" } };
  for (let done = 0; done < 100; done += 0.4, time += 100) {
    yield { time, event: { ...UNPACK, done: done * MIB, entries: 1, state: "unpacking" } };
  }
  yield { time, event: { ...UNPACK, done: 100 * MIB, entries: 9, state: "complete" } };
}

function written() {
  let text = "";
  return {
    text: () => text,
    target: {
      writeSync: (data: Uint8Array) => {
        text += new TextDecoder().decode(data);
        return data.length;
      },
    },
  };
}

Deno.test("PlainProgress writes a line for what is new, and else one in ten seconds", () => {
  let now = 0;
  const { text, target } = written();
  const progress = new ImageProgress(() => now);
  const rate = new TransferRate(() => now);
  const plain = new PlainProgress(progress, rate, { target, now: () => now });
  for (const { time, event } of events()) {
    now = time;
    progress.add(event);
    if (event.type === "blob") rate.update(progress.fetched);
    plain.show(event);
  }
  assert.equal(
    text(),
    `x.io/os:1\\x1b[31m: 100M in 1 layer
aaaaaaaaaaaa: resumed at 20M
aaaaaaaaaaaa: 100M, complete
unpacking
unpacking: 40M of 100M
unpacking: 80M of 100M
`,
  );
});

Deno.test("JsonProgress writes each change of state, and of the rest ten events a second", () => {
  let now = 0;
  const { text, target } = written();
  using json = new JsonProgress({ target, now: () => now });
  const show = (time: number, event: ProgressEvent) => {
    now = time;
    json.show(event);
  };
  const arriving = (time: number) => show(time, { ...BLOB, done: time, state: "arriving" });
  for (let time = 0; time <= 250; time += 10) arriving(time);
  show(251, { ...BLOB, done: BLOB.size, state: "complete" });
  show(252, { ...UNPACK, done: 0, entries: 0, state: "unpacking" });
  show(253, { ...UNPACK, done: 1, entries: 1, state: "unpacking" });
  const lines = text().trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines, [
    { ...BLOB, done: 0, state: "arriving" },
    { ...BLOB, done: 100, state: "arriving" },
    { ...BLOB, done: 200, state: "arriving" },
    { ...BLOB, done: BLOB.size, state: "complete" },
    { ...UNPACK, done: 0, entries: 0, state: "unpacking" },
  ]);
});

Deno.test("JsonProgress writes how far something is that is stuck, and nothing after its end", async () => {
  const { text, target } = written();
  let now = 0;
  using json = new JsonProgress({ target, now: () => now });
  json.show({ ...BLOB, done: 1, state: "arriving" });
  json.show({ ...BLOB, done: 2, state: "arriving" });
  json.show({ ...BLOB, done: 3, state: "arriving" });
  now = 100;
  while (text().split("\n").length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  json.show({ ...BLOB, done: 4, state: "arriving" });
  const lines = text().trimEnd().split("\n").map((line) => JSON.parse(line).done);
  assert.deepEqual(lines, [1, 3]);
});

Deno.test("JsonProgress says when nobody reads it any more", () => {
  const failures: unknown[] = [];
  const gone = new Deno.errors.BrokenPipe("gone");
  const target = {
    writeSync: (): number => {
      throw gone;
    },
  };
  using json = new JsonProgress({ target, onFailure: (error) => failures.push(error) });
  json.show({ ...BLOB, done: 1, state: "arriving" });
  assert.deepEqual(failures, [gone]);
});
