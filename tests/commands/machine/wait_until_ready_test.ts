import assert from "node:assert/strict";
import { waitUntilReady } from "../../../lib/commands/machine/wait_until_ready.ts";
import { CommandFailure } from "../../../lib/ui/mod.ts";
import type { MachineClient, MachineStatus } from "../../../lib/machines/mod.ts";

const BOOTING: MachineStatus = {
  version: 1,
  state: "running",
  pid: 1,
  started: "2026-01-01T00:00:00Z",
  acceleration: "tcg",
  stage: "kernel",
  agent: false,
  targets: [],
  addresses: [],
  ports: [],
  problems: [],
};
const READY: MachineStatus = { ...BOOTING, stage: "ready", agent: true };

/** A supervisor that says these statuses; then it says no more, or closes. */
function clientThatSays(statuses: readonly MachineStatus[], closes: boolean): MachineClient {
  return {
    name: "dev",
    async *followStatus() {
      yield* statuses;
      if (!closes) await new Promise(() => {});
    },
  } as Partial<MachineClient> as MachineClient;
}

Deno.test("waitUntilReady() waits for the guest, not only for its agent", async () => {
  const statuses: MachineStatus[] = [
    BOOTING,
    { ...BOOTING, stage: "initramfs", agent: true },
    { ...BOOTING, stage: "userspace", agent: true, targets: ["basic.target"] },
    READY,
  ];
  const { signal } = new AbortController();
  await waitUntilReady(clientThatSays(statuses, false), signal);
  await assert.rejects(waitUntilReady(clientThatSays(statuses.slice(0, 3), true), signal));
});

Deno.test("waitUntilReady() fails as soon as the guest has, and shows its console", async (t) => {
  const end = { time: BOOTING.started };
  const rows: readonly [MachineStatus, RegExp][] = [
    [
      {
        ...BOOTING,
        stage: "initramfs",
        failure: { mode: "emergency", stage: "initramfs", console: "no root\n" },
      },
      /^Cannot work in dev: its guest went into emergency mode in the initramfs\nThe last lines on its console:\nno root$/,
    ],
    [
      {
        ...BOOTING,
        failure: { mode: "initramfs-shell", stage: "initramfs", console: "" },
      },
      /^Cannot work in dev: its guest went into the initramfs's shell$/,
    ],
    [
      { ...BOOTING, end: { ...end, reason: "panic", console: "Kernel panic" } },
      /^Cannot work in dev: its kernel panicked\nThe last lines on its console:\nKernel panic$/,
    ],
    [
      { ...READY, agent: false },
      /^Cannot work in dev: its guest's agent cannot be reached any more$/,
    ],
    [
      { ...READY, state: "stopped", end: { ...end, reason: "power-off" } },
      /^Cannot work in dev: it has ended \(power-off\)$/,
    ],
  ];
  for (const [status, message] of rows) {
    await t.step(message.source, async () => {
      const client = clientThatSays([BOOTING, status], false);
      await assert.rejects(
        waitUntilReady(client, new AbortController().signal),
        (error) =>
          error instanceof CommandFailure && error.status === 125 && message.test(error.message),
      );
    });
  }
});

Deno.test("waitUntilReady() ends with its signal", async () => {
  const reason = new Error("enough");
  const client = clientThatSays([BOOTING], false);
  await assert.rejects(waitUntilReady(client, AbortSignal.abort(reason)), reason);
});
