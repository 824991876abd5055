import assert from "node:assert/strict";
import { type LaunchStage, machineEnded } from "../../lib/launch/mod.ts";
import type { MachineEnd } from "../../lib/vm/mod.ts";

Deno.test("machineEnded() says what happened, and while the guest was doing what", () => {
  const rows: [MachineEnd, LaunchStage | "running", string][] = [
    [{ reason: "panic" }, "initramfs", "The guest's kernel panicked while in its initramfs"],
    [{ reason: "panic" }, "running", "The guest's kernel panicked while running"],
    [
      { reason: "power-off" },
      "userspace",
      "The guest powered itself off while starting its services",
    ],
    [{ reason: "reset" }, "command", "The guest restarted while running the command"],
    [{ reason: "stopped" }, "clone", "The guest was stopped while being prepared"],
    [
      { reason: "hypervisor-failed", detail: "killed by signal 9" },
      "firmware and kernel",
      "The hypervisor ended while the guest was starting its kernel: killed by signal 9",
    ],
  ];
  for (const [end, stage, message] of rows) {
    const error = machineEnded(end, stage);
    assert.equal(error.message, message);
    assert.deepEqual([error.code, error.data], ["machine-ended", { reason: end.reason, stage }]);
  }
});
