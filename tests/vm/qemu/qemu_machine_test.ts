import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { createQemuBackend, type Machine, MachineStartFailed } from "../../../lib/vm/mod.ts";
import { arm64Program } from "../arm64_program.ts";
import { childProcesses, processesOf } from "../processes_of.ts";
import { temporaryFolder } from "../temporary_folder.ts";
import { readText, readUntil, startTinyGuest } from "../tiny_guest.ts";

const MIB = 2 ** 20;

Deno.test("a machine tells how its guest ended", async (t) => {
  const rows = [
    { name: "power-off", script: "echo goodbye; poweroff -f", reason: "power-off" },
    { name: "reset", script: "echo goodbye; reboot -f", reason: "reset" },
  ];
  for (const { name, script, reason } of rows) {
    await t.step(name, async () => {
      await using folder = await temporaryFolder();
      await using machine = await startTinyGuest(folder.path, script);
      assert.match(await readText(machine.console.readable), /goodbye\r\n/);
      assert.deepEqual(await machine.ended, { reason });
    });
  }
  await t.step("panic, told by the panic device alone", async () => {
    await using folder = await temporaryFolder();
    const script = "load pvpanic_mmio; exit 3";
    await using machine = await startTinyGuest(folder.path, script, { console: "ttyS3" });
    assert.doesNotMatch(await readText(machine.console.readable), /panic/);
    assert.deepEqual(await machine.ended, { reason: "panic" });
  });
});

Deno.test("Machine.ended knows of a panic that nobody has read yet", async () => {
  await using folder = await temporaryFolder();
  await using machine = await startTinyGuest(folder.path, "exit 3");
  assert.deepEqual(await machine.ended, { reason: "panic" });
  assert.match(await readText(machine.console.readable), /Kernel panic - not syncing/);
});

Deno.test("Machine.stop() ends a machine at once, and a second time does nothing", async () => {
  await using folder = await temporaryFolder();
  const machine = await startTinyGuest(folder.path, "echo ready; sleep 1000");
  const reader = machine.console.readable.getReader();
  await readUntil(reader, "ready");
  await machine.stop();
  await machine.stop();
  assert.deepEqual(await machine.ended, { reason: "stopped" });
  assert.deepEqual(await childProcesses(), []);
  assert.deepEqual(await processesOf(basename(folder.path)), []);
});

Deno.test("a machine whose QEMU is killed says so", async (t) => {
  const rows = [
    { name: "SIGKILL", detail: /^it was ended by signal 9$/ },
    { name: "SIGTERM", detail: /terminating on signal 15/ },
  ] as const;
  for (const { name, detail } of rows) {
    await t.step(name, async () => {
      await using folder = await temporaryFolder();
      await using machine = await startTinyGuest(folder.path, "sleep 1000");
      const qemu = (await processesOf(basename(folder.path))).find(({ name }) =>
        name.startsWith("qemu")
      );
      Deno.kill(qemu!.pid, name);
      const end = await machine.ended;
      assert.equal(end.reason, "hypervisor-failed");
      assert.match(end.reason === "hypervisor-failed" ? end.detail : "", detail);
      assert.deepEqual(await processesOf(basename(folder.path)), []);
      assert.deepEqual(await childProcesses(), []);
    });
  }
});

Deno.test("Machine.port() moves bytes both ways, and closing it is the guest's end of file", async () => {
  await using folder = await temporaryFolder();
  const script = `
    cat <$(port in) | tee /copy | cat >$(port out)
    sha256sum </copy
    poweroff -f`;
  const machine = await startTinyGuest(folder.path, script, { machine: { ports: ["in", "out"] } });
  await using _machine = machine;
  assert.throws(() => machine.port("other"), RangeError);
  const sent = crypto.getRandomValues(new Uint8Array(MIB / 16));
  const output = readText(machine.console.readable);
  const received = new Response(machine.port("out").readable).bytes();
  const writer = machine.port("in").writable.getWriter();
  for (let nth = 0; nth < 16; nth++) await writer.write(sent);
  await writer.close();
  const all = new Uint8Array(MIB);
  for (let nth = 0; nth < 16; nth++) all.set(sent, nth * sent.length);
  assert.deepEqual(await received, all);
  assert.ok((await output).includes(createHash("sha256").update(all).digest("hex")));
  assert.deepEqual(await machine.ended, { reason: "power-off" });
  await assert.rejects(
    machine.port("out").writable.getWriter().write(sent),
    Deno.errors.BrokenPipe,
  );
});

Deno.test("what was sent before the guest opens a port is not lost when it is closed", async () => {
  await using folder = await temporaryFolder();
  const script = `
    exec 3<>$(port both)
    head -c 5 <&3 >&3
    cat <&3 >/rest
    cat /rest
    wc -c <$(port early)
    wc -c <$(port early)
    poweroff -f`;
  const options = { machine: { ports: ["early", "both"] } };
  await using machine = await startTinyGuest(folder.path, script, options);
  const early = machine.port("early").writable.getWriter();
  await early.write(new Uint8Array(50_000));
  await early.close();

  const { readable, writable } = machine.port("both");
  const writer = writable.getWriter();
  const reader = readable.getReader();
  await writer.write(new TextEncoder().encode("hello"));
  assert.equal(await readUntil(reader, "hello"), "hello");
  await writer.write(new TextEncoder().encode("the rest"));
  await writer.close();
  // With the guest's end of file the other direction has ended too.
  assert.deepEqual(await reader.read(), { done: true, value: undefined });
  // Opened once more a port is at its end at once.
  assert.match(await readText(machine.console.readable), /the rest50000\r\n0\r\n/);
});

const ONE_BYTE = new Uint8Array(1);

Deno.test("a guest waits for its reader, and a flood does not fill our memory", async () => {
  await using folder = await temporaryFolder();
  const size = 200 * MIB;
  const script = `
    exec 3>$(port out)
    echo begin
    dd if=/dev/zero bs=64k count=${size / MIB * 16} >&3 2>/dev/null
    echo end
    # A write ends when the data is queued: a guest that powered itself off now would take the queue with it.
    head -c 1 <$(port received) >/dev/null
    poweroff -f`;
  const ports = ["out", "received"];
  await using machine = await startTinyGuest(folder.path, script, { machine: { ports } });
  const console = machine.console.readable.getReader();
  await readUntil(console, "begin");
  const end = readUntil(console, "end");
  const second = new Promise<string>((resolve) => setTimeout(resolve, 1000, "still waiting"));
  assert.equal(await Promise.race([end, second]), "still waiting");

  const before = Deno.memoryUsage().rss;
  let length = 0;
  let most = 0;
  for await (const chunk of machine.port("out").readable) {
    length += chunk.length;
    most = Math.max(most, Deno.memoryUsage().rss - before);
    if (length >= size) await machine.port("received").writable.getWriter().write(ONE_BYTE);
  }
  assert.equal(length, size);
  assert.ok(most < 64 * MIB, `memory grew by ${most / MIB} MiB`);
  await end;
});

Deno.test("a guest does not hang on a console and a port that were cancelled", async () => {
  await using folder = await temporaryFolder();
  const script = `
    head -c 1000000 /dev/zero >$(port out)
    head -c 300000 /dev/zero
    poweroff -f`;
  await using machine = await startTinyGuest(folder.path, script, { machine: { ports: ["out"] } });
  await machine.console.readable.cancel();
  await machine.port("out").readable.cancel();
  assert.deepEqual(await machine.ended, { reason: "power-off" });
});

Deno.test("an arm64 machine runs wherever QEMU for it is installed", async () => {
  await using folder = await temporaryFolder();
  const kernel = join(folder.path, "kernel");
  await Deno.writeFile(kernel, arm64Program("hello from arm64\n"));
  const backend = createQemuBackend();
  const source = join(folder.path, "source");
  await Deno.writeFile(source, new Uint8Array(MIB));
  await using machine = await backend.start({
    architecture: "aarch64",
    cpus: 2,
    memory: 128 * MIB,
    kernel,
    commandLine: "",
    disks: [{ source, serial: "root", readOnly: false, patches: [] }],
    network: true,
    ports: ["a", "b"],
    folder: folder.path,
  });
  assert.equal(backend.consoleDevice("aarch64"), "ttyAMA0");
  assert.equal(await readText(machine.console.readable), "hello from arm64\n");
  assert.deepEqual(await machine.ended, { reason: "power-off" });
});

/** Ends without waiting for the guest, for machines that are only looked at. */
async function discard(machine: Machine): Promise<void> {
  await machine.stop();
}

Deno.test("a start that fails says why and leaves nothing behind", async () => {
  await using folder = await temporaryFolder();
  const kernel = join(folder.path, "no-kernel");
  await assert.rejects(
    startTinyGuest(folder.path, "", { machine: { kernel } }).then(discard),
    (error) => error instanceof MachineStartFailed && error.message.includes("no-kernel"),
  );
  assert.deepEqual(await processesOf(basename(folder.path)), []);
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});
