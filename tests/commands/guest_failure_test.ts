import assert from "node:assert/strict";
import { ConsoleLog } from "../../lib/commands/run/console_log.ts";
import { timeoutFailure, withConsole } from "../../lib/commands/run/guest_failure.ts";
import { machineEnded } from "../../lib/launch/mod.ts";
import { CommandFailure } from "../../lib/ui/mod.ts";

Deno.test("timeoutFailure() says what the guest was doing, and withConsole() what it said last", async () => {
  using log = await ConsoleLog.open(undefined);
  const timeout = timeoutFailure(90_000, "in its initramfs", log);
  assert.equal(
    timeout.message,
    "Cannot finish in 1 m 30 s: the guest was still in its initramfs",
  );
  assert.equal(timeout.status, 124);

  log.write(new TextEncoder().encode("last words\n"));
  const ended = withConsole(machineEnded({ reason: "panic" }, "initramfs"), log);
  assert.ok(ended instanceof CommandFailure);
  assert.equal(
    ended.message,
    "The guest's kernel panicked while in its initramfs\nThe last lines on its console:\n  | last words",
  );
  assert.equal(ended.status, 1);
});

Deno.test("withConsole() leaves other errors as they are", async () => {
  using log = await ConsoleLog.open(undefined);
  const error = new Error("something else");
  assert.equal(withConsole(error, log), error);
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
