import assert from "node:assert/strict";
import { join } from "node:path";
import type { VirtualMachineConfiguration } from "../../../ffi/mod.ts";
import { hasCode } from "../../../lib/error/mod.ts";
import type { MachineSpecification } from "../../../lib/vm/mod.ts";
import { childProcesses } from "../../host/support/processes_of.ts";
import { disk, makeSource } from "../support/sparse_disk.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { readText, startTinyGuest } from "../support/tiny_guest.ts";
import { doubleBackend } from "../support/double_backend.ts";

function addressIn(configuration: object): string | undefined {
  return (configuration as VirtualMachineConfiguration).networks[0]?.macAddress;
}

Deno.test("a machine of the framework ends with the restart that its kernel announces", async () => {
  await using folder = await temporaryFolder();
  const script = `
    exec <>/dev/hvc0 >&0 2>&0
    cat /sys/class/net/e*/address
    echo goodbye
    echo '<0>reboot: Restarting system' >/dev/kmsg
    sleep 1000`;
  await using cards = await temporaryFolder();
  let address: string | undefined;
  const backend = doubleBackend({
    folder: cards.path,
    onConfiguration: (configuration) => address = addressIn(configuration),
  });
  const machine = await startTinyGuest(folder.path, script, {
    backend,
    machine: { network: true },
  });
  assert.deepEqual(await machine.ended, { reason: "reset" });
  const text = await readText(machine.console.readable);
  assert.equal(text.split("goodbye").length, 2, "the guest was started once");
  assert.ok(text.includes(String(address)), text);
  assert.deepEqual(await childProcesses(), []);
});

Deno.test("a machine of the framework does not start without the entitlement", async () => {
  await using folder = await temporaryFolder();
  Deno.env.set("VZ_DOUBLE_ENTITLED", "0");
  try {
    await assert.rejects(
      startTinyGuest(folder.path, "", { backend: doubleBackend() }),
      (error) => {
        assert.ok(hasCode(error, "machine-start-failed"));
        assert.match(error.message, /“com\.apple\.security\.virtualization” entitlement/);
        assert.equal(error.data.reason, "not-entitled");
        return true;
      },
    );
  } finally {
    Deno.env.delete("VZ_DOUBLE_ENTITLED");
  }
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});

Deno.test("a machine of the framework has its image's network card, and gives it back at its end", async () => {
  await using home = await temporaryFolder();
  const source = await makeSource(home.path);
  let address: string | undefined;
  const backend = doubleBackend({
    folder: home.path,
    onConfiguration: (configuration) => address = addressIn(configuration),
  });
  const begin = async (name: string, more: Partial<MachineSpecification> = {}) => {
    const folder = join(home.path, name);
    await Deno.mkdir(folder);
    return await startTinyGuest(folder, "sleep 1000", {
      backend,
      machine: { disks: [disk(source)], network: true, ...more },
    });
  };
  const usual = async (name: string) => {
    const machine = await begin(name);
    const mine = address;
    await machine.stop();
    return mine;
  };
  const first = await usual("first");
  assert.notEqual(first, undefined);
  assert.equal(await usual("again"), first);
  {
    await using _running = await begin("running");
    assert.equal(address, first);
    assert.notEqual(await usual("beside it"), first);
  }
  await assert.rejects(begin("failing", { commandLine: "x".repeat(1e6) }), {
    code: "machine-start-failed",
  });
  assert.equal(address, first);
  assert.equal(await usual("after all"), first);
});
