import assert from "node:assert/strict";
import { TransferRate } from "../../lib/ui/mod.ts";

/** What is known after each row: at a time in ms, so much was done (nothing new if it is left out). */
function measure(
  rows: readonly (readonly [time: number, done?: number])[],
): (number | undefined)[] {
  let now = 0;
  const rate = new TransferRate(() => now);
  return rows.map(([time, done]) => {
    now = time;
    if (done !== undefined) rate.update(done);
    return rate.perSecond;
  });
}

Deno.test("TransferRate is the mean of the last seconds", () => {
  assert.deepEqual(measure([]), []);
  assert.deepEqual(measure([[0, 0]]), [undefined]);
  // Not before there is something to measure, and nothing of what was there before.
  assert.deepEqual(measure([[0, 500], [200, 700], [1000, 1500]]), [undefined, undefined, 1000]);
  // What was five seconds ago does not count any more.
  assert.deepEqual(
    measure([[0, 0], [5000, 50_000], [10_000, 50_000], [15_000, 50_000]]),
    [undefined, 10_000, 0, 0],
  );
  // It falls while nothing comes.
  assert.deepEqual(measure([[0, 0], [1000, 1000], [2000]]), [undefined, 1000, 500]);
  // Something began again.
  assert.deepEqual(measure([[0, 0], [1000, 1000], [1100, 10], [2100, 210]]), [
    undefined,
    1000,
    undefined,
    200,
  ]);
});

Deno.test("TransferRate says how long the rest takes, if anybody can know", () => {
  let now = 0;
  const rate = new TransferRate(() => now);
  assert.equal(rate.timeFor(100), undefined);
  rate.update(0);
  now = 1000;
  assert.equal(rate.timeFor(100), undefined);
  rate.update(50);
  assert.equal(rate.timeFor(100), 2000);
});
