import assert from "node:assert/strict";
import { PanicWatch } from "../../lib/vm/panic_watch.ts";

const PANIC = "[    1.0] Kernel panic - not syncing: Attempted to kill init!";

Deno.test("PanicWatch.push() recognizes a panic among the guest's last words", async (t) => {
  const rows = [
    { name: "nothing", chunks: [], panicked: false },
    { name: "an ordinary end", chunks: ["reboot: Restarting system\r\n"], panicked: false },
    { name: "a panic", chunks: [`${PANIC}\r\n`], panicked: true },
    { name: "one byte at a time", chunks: [...PANIC], panicked: true },
    { name: "cut in the middle", chunks: [PANIC.slice(0, 20), PANIC.slice(20)], panicked: true },
    { name: "followed by a trace", chunks: [PANIC, "x".repeat(60_000)], panicked: true },
    { name: "of long ago", chunks: [PANIC, "x".repeat(70_000)], panicked: false },
    { name: "of long ago and again", chunks: [PANIC, "x".repeat(70_000), PANIC], panicked: true },
    { name: "twice in one piece", chunks: [PANIC + "x".repeat(70_000) + PANIC], panicked: true },
    { name: "never finished", chunks: [PANIC.slice(0, 30)], panicked: false },
  ];
  for (const { name, chunks, panicked } of rows) {
    await t.step(name, () => {
      const watch = new PanicWatch();
      for (const chunk of chunks) watch.push(new TextEncoder().encode(chunk));
      assert.equal(watch.panicked, panicked);
    });
  }
});
