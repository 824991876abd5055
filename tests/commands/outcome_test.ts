import assert from "node:assert/strict";
import { ConsoleLog } from "../../lib/commands/run/console_log.ts";
import { describeOutcome, type Outcome } from "../../lib/commands/run/outcome.ts";

Deno.test("describeOutcome() says what happened, while what, with a status", async () => {
  const rows: [Outcome, string, number][] = [
    [
      { kind: "timeout", limit: 90_000 },
      "Cannot finish in 1 m 30 s: the guest was still in its initramfs",
      124,
    ],
    [
      { kind: "guest", end: { reason: "failed", mode: "emergency", initramfs: true } },
      "Cannot run the command: the guest went into emergency mode in the initramfs",
      1,
    ],
    [
      { kind: "guest", end: { reason: "failed", mode: "initramfs-shell", initramfs: true } },
      "Cannot run the command: the guest went into the initramfs's shell",
      1,
    ],
    [
      { kind: "machine", end: { reason: "panic" } },
      "The guest's kernel panicked while in its initramfs",
      1,
    ],
    [
      { kind: "machine", end: { reason: "hypervisor-failed", detail: "killed by signal 9" } },
      "The hypervisor ended while the guest was in its initramfs: killed by signal 9",
      1,
    ],
  ];
  using log = await ConsoleLog.open(undefined);
  for (const [outcome, message, status] of rows) {
    const failure = describeOutcome(outcome, "in its initramfs", log);
    assert.equal(failure.message, message);
    assert.equal(failure.status, status);
  }
});

Deno.test("ConsoleLog.tail() shows the last lines as text", async () => {
  using log = await ConsoleLog.open(undefined);
  const lines = Array.from({ length: 40 }, (_, index) => `\x1b[1mline ${index}\x1b[0m\r\n\r\n`);
  for (const line of lines) log.write(new TextEncoder().encode(line));
  const shown = log.tail().split("\n");
  assert.equal(shown.length, 15);
  assert.equal(shown[0], "  | line 25");
  assert.equal(shown.at(-1), "  | line 39");
});

Deno.test("ConsoleLog.tail() shows a panic rather than the trace behind it", async () => {
  using log = await ConsoleLog.open(undefined);
  const lines = [
    ...Array.from({ length: 30 }, (_, index) => `before ${index}`),
    "[ 2.3] Kernel panic - not syncing: Attempted to kill init!",
    ...Array.from({ length: 30 }, (_, index) => `trace ${index}`),
  ];
  log.write(new TextEncoder().encode(lines.join("\n")));
  const shown = log.tail().split("\n");
  assert.equal(shown[0], "  | before 20");
  assert.equal(shown[10], "  | [ 2.3] Kernel panic - not syncing: Attempted to kill init!");
  assert.equal(shown.length, 15);
});

Deno.test("ConsoleLog writes all of it into a file", async () => {
  const path = await Deno.makeTempFile();
  try {
    {
      using log = await ConsoleLog.open(path);
      const chunk = new Uint8Array(100_000).fill(0x61);
      for (let index = 0; index < 10; index++) log.write(chunk);
    }
    assert.equal((await Deno.stat(path)).size, 1_000_000);
  } finally {
    await Deno.remove(path);
  }
});
