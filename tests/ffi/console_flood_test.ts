import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createGuest } from "./support/double_guest.ts";

const MB = 1_000_000;
const SIZE = 200 * MB;
/** Garbage that has not been collected yet may take this much. */
const MAX_GROWTH = 48 * MB;
/** 64 bytes with the end of the line, so that a million bytes are whole lines. */
const LINE = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
const PATTERN = new TextEncoder().encode(`${LINE}\n`.repeat(2 * MB / 64));

Deno.test("a console that floods 200 MB loses nothing, and memory stays flat", async () => {
  await using guest = await createGuest(
    `yes ${LINE} | head -c ${MB} >/lines
    exec >/dev/hvc0 </dev/hvc0
    stty raw -echo
    # Keeps the kernel's own messages off the console.
    echo 1 >/proc/sys/kernel/printk
    for round in $(seq ${SIZE / MB}); do cat /lines; done
    poweroff -f`,
  );
  await guest.machine.start();
  const buffer = new Uint8Array(MB);
  let read = 0;
  let start = 0;
  let peak = 0;
  while (read < SIZE) {
    const length = await guest.console.read(buffer);
    assert.ok(length !== null, `the console ended after ${read} bytes`);
    const expected = PATTERN.subarray(read % 64, read % 64 + length);
    if (Buffer.compare(buffer.subarray(0, length), expected) !== 0) {
      const text = JSON.stringify(new TextDecoder().decode(buffer.subarray(0, length)));
      assert.fail(`after ${read} bytes came others than were written: ${text.slice(0, 2000)}`);
    }
    read += length;
    const { rss } = Deno.memoryUsage();
    // The first bytes fill caches.
    if (read < 10 * MB) start = Math.max(start, rss);
    peak = Math.max(peak, rss);
  }
  assert.equal(read, SIZE);
  await guest.event("guest-stopped");
  assert.ok(peak - start < MAX_GROWTH, `memory has grown by ${Math.round((peak - start) / MB)} MB`);
});
