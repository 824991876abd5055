import assert from "node:assert/strict";
import { nextTurn } from "../../lib/host/mod.ts";

Deno.test("nextTurn() settles after timers and signals that were due before", async () => {
  const seen: string[] = [];
  const onSignal = () => void seen.push("signal");
  Deno.addSignalListener("SIGHUP", onSignal);
  try {
    setTimeout(() => seen.push("timer"), 1);
    Deno.kill(Deno.pid, "SIGHUP");
    // Work that never waits: the event loop sees nothing of the two meanwhile.
    for (const end = performance.now() + 50; performance.now() < end;);
    assert.deepEqual(seen, []);
    await nextTurn();
    assert.deepEqual(seen.sort(), ["signal", "timer"]);
  } finally {
    Deno.removeSignalListener("SIGHUP", onSignal);
  }
});
