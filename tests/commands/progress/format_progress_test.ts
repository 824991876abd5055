import assert from "node:assert/strict";
import { progressLines, summaryOf } from "../../../lib/commands/progress/format_progress.ts";
import { ImageProgress } from "../../../lib/commands/progress/image_progress.ts";
import type { ProgressEvent } from "../../../lib/store/mod.ts";

const MIB = 2 ** 20;
const DEBIAN = "docker.io/library/debian:12";
const MANIFEST = `sha256:${"f".repeat(64)}`;
const RESOLVED: ProgressEvent = {
  type: "resolved",
  reference: DEBIAN,
  manifest: MANIFEST,
  size: 40 * MIB,
  layers: 2,
};

type BlobEvent = Extract<ProgressEvent, { type: "blob" }>;

function blob(letter: string, done: number, size: number, more: Partial<BlobEvent>): ProgressEvent {
  const digest = `sha256:${letter.repeat(64)}`;
  return { type: "blob", digest, size: size * MIB, done: done * MIB, state: "arriving", ...more };
}

type UnpackEvent = Extract<ProgressEvent, { type: "unpack" }>;

function unpack(done: number, entries: number, state: UnpackEvent["state"]): ProgressEvent {
  return {
    type: "unpack",
    manifest: MANIFEST,
    size: 40 * MIB,
    done: done * MIB,
    entries,
    state,
  };
}

function progressOf(events: readonly ProgressEvent[]): ImageProgress {
  let now = 0;
  const progress = new ImageProgress(() => now += 1000);
  for (const event of events) progress.add(event);
  return progress;
}

function lines(events: readonly ProgressEvent[], columns = 79): string[] {
  const speed = { perSecond: 4 * MIB, timeLeft: 4321 };
  return progressLines(progressOf(events), speed, { name: "debian", columns });
}

Deno.test("progressLines() shows each phase, and each layer that is on its way", async (t) => {
  const rows: { name: string; events: ProgressEvent[]; shown: string[] }[] = [
    { name: "before anything is known", events: [], shown: ["debian: looking it up"] },
    { name: "the image's documents are read", events: [RESOLVED], shown: [DEBIAN] },
    {
      name: "two layers arrive, one of them from where it was",
      events: [
        RESOLVED,
        blob("a", 10, 30, {}),
        blob("b", 5, 10, { resumedAt: 5 * MIB }),
      ],
      shown: [
        DEBIAN,
        "  downloading  ━━━━━━━━───────────────  15M of 40M  4M/s  5 s left",
        "    aaaaaaaaaa ━━━━━━━────────────────  10M of 30M",
        "    bbbbbbbbbb ━━━━━━━━━━━────────────  5M of 10M  resumed at 5M",
      ],
    },
    {
      name: "one layer is complete while the other is unpacked already",
      events: [
        RESOLVED,
        blob("a", 15, 30, {}),
        blob("b", 10, 10, { state: "complete" }),
        unpack(10, 1234, "unpacking"),
      ],
      shown: [
        DEBIAN,
        "  downloading  ━━━━━━━━━━━━━━─────────  25M of 40M  4M/s  5 s left",
        "    aaaaaaaaaa ━━━━━━━━━━━────────────  15M of 30M",
        "  unpacking    ━━━━━──────────────────  10M of 40M  1234 entries",
      ],
    },
    {
      name: "all are there",
      events: [
        RESOLVED,
        blob("a", 30, 30, { state: "complete" }),
        blob("b", 10, 10, { state: "present" }),
        unpack(40, 2345, "unpacking"),
      ],
      shown: [
        DEBIAN,
        "  downloaded   ━━━━━━━━━━━━━━━━━━━━━━━  40M",
        "  unpacking    ━━━━━━━━━━━━━━━━━━━━━━━  40M of 40M  2345 entries",
      ],
    },
    {
      name: "another process is at it",
      events: [
        RESOLVED,
        blob("a", 10, 30, { state: "waiting" }),
        blob("b", 10, 10, { state: "complete" }),
      ],
      shown: [
        DEBIAN,
        "  downloading  ━━━━━━━━━━━────────────  20M of 40M  another snapvm brings it",
        "    aaaaaaaaaa ━━━━━━━────────────────  10M of 30M  another snapvm brings it",
      ],
    },
    {
      name: "only a snapshot is missing",
      events: [unpack(20, 1, "unpacking")],
      shown: ["debian", "  unpacking    ━━━━━━━━━━━────────────  20M of 40M  1 entry"],
    },
    {
      name: "another process unpacks",
      events: [unpack(0, 0, "waiting")],
      shown: [
        "debian",
        "  unpacking    ───────────────────────  0B of 40M  another snapvm does it",
      ],
    },
  ];
  for (const { name, events, shown } of rows) {
    await t.step(name, () => assert.deepEqual(lines(events), shown));
  }
});

Deno.test("progressLines() is never wider than the terminal, and gives up the least first", () => {
  const events = [
    RESOLVED,
    blob("a", 10, 30, { resumedAt: 1 }),
    blob("b", 5, 10, {}),
    unpack(1, 9, "unpacking"),
  ];
  const arriving = (columns: number) => lines(events, columns)[1];
  assert.equal(arriving(64), "  downloading  ━━━─────  15M of 40M  4M/s  5 s left");
  assert.equal(arriving(60), "  downloading  15M of 40M  4M/s  5 s left");
  assert.equal(arriving(42), "  downloading  15M of 40M  4M/s  5 s left");
  assert.equal(arriving(36), "  downloading  15M of 40M  4M/s");
  assert.equal(arriving(20), "  downloading  15M o");
  for (let columns = 1; columns <= 200; columns++) {
    for (const line of lines(events, columns)) assert.ok(line.length <= columns, line);
  }
});

Deno.test("progressLines() shows no more layers than fit", () => {
  const many = Array.from("0123456789abcdef", (letter) => blob(letter, 1, 2, {}));
  assert.equal(lines([{ ...RESOLVED, layers: 16 } as ProgressEvent, ...many]).length, 8);
});

Deno.test("summaryOf() says in a line what was brought, and what was not necessary", async (t) => {
  const rows: { name: string; events: ProgressEvent[]; summary: string }[] = [
    {
      name: "all of it",
      events: [
        RESOLVED,
        blob("a", 30, 30, { state: "complete" }),
        blob("b", 10, 10, { state: "complete" }),
        unpack(0, 0, "unpacking"),
        unpack(40, 99, "complete"),
      ],
      summary: "40M in 2 layers, unpacked in 1.00 s",
    },
    {
      name: "the rest of it",
      events: [
        RESOLVED,
        blob("a", 20, 30, { resumedAt: 20 * MIB }),
        blob("a", 30, 30, { state: "complete" }),
        blob("b", 10, 10, { state: "present" }),
      ],
      summary: "40M in 2 layers, 20M of it from an earlier attempt",
    },
    {
      name: "nothing",
      events: [
        RESOLVED,
        blob("a", 30, 30, { state: "present" }),
        blob("b", 10, 10, { state: "present" }),
        unpack(40, 99, "present"),
      ],
      summary: "40M in 2 layers, there already, unpacked before",
    },
    {
      name: "a snapshot",
      events: [unpack(0, 0, "unpacking"), unpack(40, 99, "complete")],
      summary: "unpacked in 1.00 s",
    },
    {
      name: "one layer that another process unpacked",
      events: [
        { ...RESOLVED, layers: 1 } as ProgressEvent,
        unpack(0, 0, "waiting"),
        unpack(40, 99, "complete"),
      ],
      summary: "40M in 1 layer, unpacked",
    },
  ];
  for (const { name, events, summary } of rows) {
    await t.step(name, () => assert.equal(summaryOf(progressOf(events)), summary));
  }
});
