import assert from "node:assert/strict";
import { formatTimings, Timings } from "../../lib/ui/mod.ts";

Deno.test("Timings.list() ends each stage where the next begins", () => {
  let now = 30;
  const timings = new Timings(() => now);
  timings.begin("resolve");
  now = 40;
  timings.begin("extract");
  now = 100;
  timings.end();
  now = 500;
  timings.end();
  assert.deepEqual(timings.list(), [
    { stage: "resolve", start: 30, duration: 10 },
    { stage: "extract", start: 40, duration: 60 },
  ]);
});

Deno.test("formatTimings() draws each bar where its stage began", () => {
  const chart = formatTimings([
    { stage: "resolve", start: 0, duration: 250 },
    { stage: "kernel", start: 250, duration: 750 },
  ], 45);
  assert.equal(
    chart,
    [
      "resolve  250 ms  ███████",
      "kernel   750 ms         █████████████████████",
      "total    1.00 s",
      "",
    ].join("\n"),
  );
});

Deno.test("formatTimings() says nothing if nothing was timed", () => {
  assert.equal(formatTimings([]), "");
});
