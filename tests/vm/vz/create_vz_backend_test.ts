import assert from "node:assert/strict";
import { MachineStartFailed } from "../../../lib/vm/mod.ts";
import { childProcesses } from "../processes_of.ts";
import { temporaryFolder } from "../temporary_folder.ts";
import { readText, startTinyGuest } from "../tiny_guest.ts";
import { doubleBackend } from "./double_backend.ts";

Deno.test("a machine of the framework ends with the restart that its kernel announces", async () => {
  await using folder = await temporaryFolder();
  const script = `
    exec <>/dev/hvc0 >&0 2>&0
    echo goodbye
    echo '<0>reboot: Restarting system' >/dev/kmsg
    sleep 1000`;
  await using machine = await startTinyGuest(folder.path, script, { backend: doubleBackend() });
  assert.deepEqual(await machine.ended, { reason: "reset" });
  const text = await readText(machine.console.readable);
  assert.equal(text.split("goodbye").length, 2, "the guest was started once");
  assert.deepEqual(await childProcesses(), []);
});

Deno.test("a machine of the framework does not start without the entitlement", async () => {
  await using folder = await temporaryFolder();
  Deno.env.set("VZ_DOUBLE_ENTITLED", "0");
  try {
    await assert.rejects(
      startTinyGuest(folder.path, "", { backend: doubleBackend() }),
      (error) => {
        assert.ok(error instanceof MachineStartFailed);
        assert.match(error.message, /“com\.apple\.security\.virtualization” entitlement/);
        assert.match(error.advice, /snapvm doctor --fix/);
        return true;
      },
    );
  } finally {
    Deno.env.delete("VZ_DOUBLE_ENTITLED");
  }
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});
