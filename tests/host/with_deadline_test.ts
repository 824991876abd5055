import assert from "node:assert/strict";
import { withDeadline } from "../../lib/host/mod.ts";

const never = () => new Promise<never>(() => {});

Deno.test("withDeadline() waits for work, a signal or a time limit, whichever comes first", async (t) => {
  const reason = new Error("enough");
  const late = new Error("too late");
  const limit = (milliseconds: number) => ({ milliseconds, error: () => late });
  await t.step("the work", async () => {
    const options = { signal: new AbortController().signal, limit: limit(60_000) };
    assert.equal(await withDeadline(Promise.resolve(1), options), 1);
    await assert.rejects(withDeadline(Promise.reject(reason), options), reason);
  });
  await t.step("a signal that has aborted", async () => {
    await assert.rejects(withDeadline(never(), { signal: AbortSignal.abort(reason) }), reason);
  });
  await t.step("a signal that aborts", async () => {
    const controller = new AbortController();
    const waiting = withDeadline(never(), { signal: controller.signal, limit: limit(60_000) });
    controller.abort(reason);
    await assert.rejects(waiting, reason);
  });
  await t.step("the time", async () => {
    await assert.rejects(withDeadline(never(), { limit: limit(1) }), late);
  });
});
