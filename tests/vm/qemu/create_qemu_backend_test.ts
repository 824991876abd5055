import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import {
  CloneFailed,
  createQemuBackend,
  type DiskSpecification,
  MachineFolder,
  removeStaleMachines,
  type StartOptions,
} from "../../../lib/vm/mod.ts";
import { runProgram } from "../../../scripts/images/mod.ts";
import { processesOf } from "../processes_of.ts";
import { temporaryFolder } from "../temporary_folder.ts";
import { readText, readUntil, startTinyGuest } from "../tiny_guest.ts";

const KIB = 1024;
const GIB = 2 ** 30;
const SIZE = 512 * GIB;

/** A sparse 512 GiB image with letters at its start, its middle and its end. */
async function makeSource(folder: string): Promise<string> {
  const path = join(folder, "a source, with: everything");
  using file = await Deno.open(path, { write: true, createNew: true });
  await file.truncate(SIZE);
  for (const offset of [0, SIZE / 2, SIZE - 64 * KIB]) {
    await file.seek(offset, Deno.SeekMode.Start);
    await file.write(new Uint8Array(64 * KIB).fill(0x61));
  }
  return path;
}

/** Everything that a write to the source would change. */
async function fingerprint(path: string): Promise<unknown> {
  using file = await Deno.open(path);
  const hash = createHash("sha256");
  for (const offset of [0, SIZE / 2, SIZE - 64 * KIB]) {
    const bytes = new Uint8Array(64 * KIB);
    await file.seek(offset, Deno.SeekMode.Start);
    await file.read(bytes);
    hash.update(bytes);
  }
  const { size, blocks, mtime, ctime } = await file.stat();
  return { hash: hash.digest("hex"), size, blocks, mtime, ctime };
}

function disk(source: string, more: Partial<DiskSpecification> = {}): DiskSpecification {
  return { source, serial: "root", readOnly: false, patches: [], ...more };
}

Deno.test("two machines share one source, each with a clone of its own", async () => {
  await using folder = await temporaryFolder();
  const source = await makeSource(folder.path);
  const before = await fingerprint(source);
  const start = async (name: string) => {
    const machineFolder = join(folder.path, name);
    await Deno.mkdir(machineFolder);
    const script = `
      cat /sys/block/vda/serial; echo
      dd if=/dev/zero bs=64k count=1 2>/dev/null | tr '\\0' ${name} | dd of=/dev/vda bs=4k 2>/dev/null
      sync
      echo written
      read -r _
      dd if=/dev/vda bs=1 count=3 2>/dev/null; echo
      dd if=/dev/vda bs=64k skip=${SIZE / 2 / 65536} count=1 2>/dev/null | head -c 3; echo
      poweroff -f`;
    const machine = await startTinyGuest(machineFolder, script, {
      machine: { disks: [disk(source, { serial: `serial,${name}` })] },
    });
    return { name, machine, reader: machine.console.readable.getReader() };
  };
  const machines = [await start("x"), await start("y")];
  try {
    for (const { name, reader } of machines) {
      assert.ok((await readUntil(reader, "written")).includes(`serial,${name}`));
    }
    for (const { name, machine, reader } of machines) {
      const writer = machine.console.writable.getWriter();
      await writer.write(new TextEncoder().encode("\n"));
      // A console has no end of file: it still shows what comes.
      await writer.close();
      await readUntil(reader, `${name.repeat(3)}\r\naaa\r\n`);
      reader.releaseLock();
      await machine.console.readable.cancel();
      assert.deepEqual(await machine.ended, { reason: "power-off" });
    }
  } finally {
    for (const { machine } of machines) await machine.stop();
  }
  assert.deepEqual(await fingerprint(source), before);
  for (const name of ["x", "y"]) {
    const clone = join(folder.path, name, "disk0.qcow2");
    await runProgram("qemu-img", ["check", "-f", "qcow2", clone]);
    assert.ok((await Deno.stat(clone)).blocks! * 512 < 1024 * KIB);
  }
});

Deno.test("a guest sees the patches, and writes to no disk that is read only", async () => {
  await using folder = await temporaryFolder();
  const source = await makeSource(folder.path);
  const before = await fingerprint(source);
  const patches = [{ offset: 1024 + 0xd0, bytes: new TextEncoder().encode("patched") }];
  const script = `
    cat /sys/block/vda/ro /sys/block/vdb/ro /sys/block/vdc/ro
    for disk in vda vdb vdc; do
      dd if=/dev/$disk bs=1 skip=1231 count=9 2>/dev/null; echo
      echo no | dd of=/dev/$disk conv=fsync 2>/dev/null && echo "$disk was written" || echo refused
    done
    poweroff -f`;
  await using machine = await startTinyGuest(folder.path, script, {
    machine: {
      disks: [
        disk(source, { patches }),
        disk(source, { patches, readOnly: true }),
        disk(source, { readOnly: true }),
      ],
    },
  });
  const lines = (await readText(machine.console.readable)).split("\r\n");
  const from = lines.indexOf("0");
  assert.deepEqual(lines.slice(from, from + 9), [
    ...["0", "1", "1"],
    ...["apatcheda", "vda was written"],
    ...["apatcheda", "refused"],
    ...["aaaaaaaaa", "refused"],
  ]);
  assert.deepEqual(await fingerprint(source), before);
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

Deno.test("start() ends at every stage when its signal aborts", async (t) => {
  await using home = await temporaryFolder();
  const source = await makeSource(home.path);
  const start = async (folder: string, options: StartOptions, onCommand = () => {}) => {
    const machine = { disks: [disk(source)], ports: ["a"] };
    const backend = createQemuBackend({ onCommand });
    return await startTinyGuest(folder, "sleep 1000", { machine, backend, ...options });
  };
  const reason = new Error("enough");

  await t.step("before it begins", async () => {
    await using folder = await temporaryFolder();
    await assert.rejects(start(folder.path, { signal: AbortSignal.abort(reason) }), reason);
    assert.deepEqual([...Deno.readDirSync(folder.path)], []);
  });
  await t.step("after the clone", async () => {
    await using folder = await temporaryFolder();
    const controller = new AbortController();
    const onStage = () => controller.abort(reason);
    await assert.rejects(start(folder.path, { signal: controller.signal, onStage }), reason);
    assert.deepEqual(await processesOf(basename(folder.path)), []);
  });
  for (const delay of [0, 1, 5, 20]) {
    await t.step(`${delay} ms after QEMU was started`, async () => {
      await using folder = await temporaryFolder();
      const controller = new AbortController();
      const onCommand = () => void setTimeout(() => controller.abort(reason), delay);
      await assert.rejects(start(folder.path, { signal: controller.signal }, onCommand), reason);
      assert.deepEqual(await processesOf(basename(folder.path)), []);
      assert.deepEqual(Array.from(Deno.readDirSync(folder.path), ({ name }) => name), [
        "disk0.qcow2",
      ]);
    });
  }
  await t.step("while the machine runs", async () => {
    await using folder = await temporaryFolder();
    const controller = new AbortController();
    const stages: string[] = [];
    const machine = await start(folder.path, {
      signal: controller.signal,
      onStage: (stage) => stages.push(stage),
    });
    assert.deepEqual(stages, ["clone", "hypervisor"]);
    controller.abort(reason);
    assert.deepEqual(await machine.ended, { reason: "stopped" });
    assert.deepEqual(await processesOf(basename(folder.path)), []);
  });
});

Deno.test("start() names a source that it cannot clone", async () => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, "missing");
  await assert.rejects(
    startTinyGuest(folder.path, "", { machine: { disks: [disk(source)] } }),
    (error) =>
      error instanceof CloneFailed && error.message.startsWith(`Cannot clone ${source}: `) &&
      error.cause instanceof Deno.errors.NotFound,
  );
});

Deno.test("QEMU dies with a snapvm that is killed, and the next one cleans up", async () => {
  await using home = await temporaryFolder();
  const source = await makeSource(home.path);
  const before = await fingerprint(source);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("killed_machine.ts", import.meta.url).href, home.path, source],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const name = (await readUntil(reader, "\n")).trim();
  const programs = (await processesOf(name)).map(({ name }) => name).sort();
  assert.deepEqual(programs, ["qemu-system-x86", "sh", "sh"]);
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  while ((await processesOf(name)).length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await using living = await MachineFolder.create(home.path);
  assert.deepEqual(await removeStaleMachines(home.path), [name]);
  assert.deepEqual(Array.from(Deno.readDirSync(join(home.path, "machines")), (e) => e.name), [
    living.name,
  ]);
  assert.deepEqual(await fingerprint(source), before);
});
