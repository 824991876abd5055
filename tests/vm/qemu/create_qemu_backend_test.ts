import assert from "node:assert/strict";
import { join } from "node:path";
import { createQemuBackend } from "../../../lib/vm/mod.ts";
import { runProgram } from "../../../scripts/images/mod.ts";
import { arm64Program } from "../support/arm64_program.ts";
import { disk, makeSource } from "../support/sparse_disk.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { readText, startTinyGuest } from "../support/tiny_guest.ts";

const MIB = 2 ** 20;

Deno.test("a machine reports a panic by the panic device alone", async () => {
  await using folder = await temporaryFolder();
  const script = "load pvpanic_mmio; exit 3";
  await using machine = await startTinyGuest(folder.path, script, { console: "ttyS3" });
  assert.doesNotMatch(await readText(machine.console.readable), /panic/);
  assert.deepEqual(await machine.ended, { reason: "panic" });
});

Deno.test("a machine ends, and says why, when the host has no room for its disk", async () => {
  await using folder = await temporaryFolder();
  const source = await makeSource(folder.path);
  const full = join(folder.path, "full");
  await Deno.mkdir(full);
  await runProgram("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", full]);
  try {
    const script = "dd if=/dev/zero of=/dev/vda bs=1M count=8 conv=fsync; sleep 1000";
    await using machine = await startTinyGuest(full, script, {
      machine: { disks: [disk(source)] },
    });
    assert.deepEqual(await machine.ended, {
      reason: "hypervisor-failed",
      detail: "the guest's disk cannot grow: No space left on device",
    });
  } finally {
    await runProgram("umount", [full]);
  }
});

Deno.test("an arm64 machine runs wherever QEMU for it is installed", async () => {
  await using folder = await temporaryFolder();
  const kernel = join(folder.path, "kernel");
  await Deno.writeFile(kernel, arm64Program("hello from arm64\n"));
  const backend = createQemuBackend();
  await using machine = await backend.start({
    architecture: "aarch64",
    cpus: 2,
    memory: 128 * MIB,
    kernel,
    commandLine: "",
    disks: [disk(await makeSource(folder.path))],
    network: true,
    ports: ["a", "b"],
    folder: folder.path,
  });
  assert.equal(backend.consoleDevice("aarch64"), "ttyAMA0");
  assert.equal(await readText(machine.console.readable), "hello from arm64\n");
  assert.deepEqual(await machine.ended, { reason: "power-off" });
});
