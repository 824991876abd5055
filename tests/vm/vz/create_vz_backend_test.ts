import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import type { VirtualMachineConfiguration } from "../../../ffi/mod.ts";
import {
  CloneFailed,
  type DiskSpecification,
  type Machine,
  MachineStartFailed,
  type StartOptions,
} from "../../../lib/vm/mod.ts";
import { childProcesses, processesOf } from "../processes_of.ts";
import { temporaryFolder } from "../temporary_folder.ts";
import { readText, readUntil, startTinyGuest, type TinyGuestOptions } from "../tiny_guest.ts";
import { doubleBackend } from "./double_backend.ts";

const MIB = 2 ** 20;
/** The console's driver is a module of this guest: its init was started without one. */
const CONSOLE = "exec <>/dev/hvc0 >&0 2>&0; stty raw -echo;";

async function start(
  folder: string,
  script: string,
  options: TinyGuestOptions = {},
): Promise<Machine> {
  return await startTinyGuest(folder, CONSOLE + script, { backend: doubleBackend(), ...options });
}

function disk(source: string, more: Partial<DiskSpecification> = {}): DiskSpecification {
  return { source, serial: "root", readOnly: false, patches: [], ...more };
}

/** Sixteen MiB of letters, an odd number of bytes. */
async function makeSource(folder: string): Promise<string> {
  const path = join(folder, "a source, with: everything");
  await Deno.writeFile(path, new Uint8Array(16 * MIB + 1).fill(0x61), { mode: 0o400 });
  return path;
}

/** Everything that a write to the source would change. */
async function fingerprint(path: string): Promise<unknown> {
  const { size, mtime, ctime } = await Deno.stat(path);
  const hash = createHash("sha256").update(await Deno.readFile(path)).digest("hex");
  return { hash, size, mtime, ctime };
}

/** The hypervisors that belong to this process. */
async function assertNothingRuns(): Promise<void> {
  assert.deepEqual(await childProcesses(), []);
}

Deno.test("a machine of the framework tells how its guest ended", async (t) => {
  const rows = [
    { name: "power-off", script: "echo goodbye; poweroff -f", reason: "power-off" },
    {
      name: "a restart that the kernel announces",
      script: "echo goodbye; echo '<0>reboot: Restarting system' >/dev/kmsg; sleep 1000",
      reason: "reset",
    },
    { name: "panic", script: "echo goodbye; exit 3", reason: "panic" },
  ];
  for (const { name, script, reason } of rows) {
    await t.step(name, async () => {
      await using folder = await temporaryFolder();
      await using machine = await start(folder.path, script);
      // Nobody has to read for the end to be known.
      assert.deepEqual(await machine.ended, { reason });
      const text = await readText(machine.console.readable);
      assert.equal(text.split("goodbye").length, 2, "the guest was started once");
      await assertNothingRuns();
    });
  }
  await t.step("a restart that only the second boot tells", async () => {
    await using folder = await temporaryFolder();
    const script = `
      read -r uptime _ </proc/uptime
      echo "boot $uptime" >$(port control)
      reboot -f`;
    await using machine = await start(folder.path, script, {
      machine: { ports: ["control"], bootMark: { port: "control", line: /^boot (\S+)/ } },
    });
    const marks = await readText(machine.port("control").readable);
    assert.deepEqual(await machine.ended, { reason: "reset" });
    assert.match(marks, /^boot \S+\nboot \S+\n$/);
  });
});

Deno.test("Machine.stop() ends a machine of the framework at once, and a second time does nothing", async () => {
  await using folder = await temporaryFolder();
  const machine = await start(folder.path, "echo ready; sleep 1000");
  await readUntil(machine.console.readable.getReader(), "ready");
  await Promise.all([machine.stop(), machine.stop()]);
  await machine.stop();
  assert.deepEqual(await machine.ended, { reason: "stopped" });
  await assertNothingRuns();
});

Deno.test("a machine whose hypervisor dies says so in the framework's words", async () => {
  await using folder = await temporaryFolder();
  await using machine = await start(folder.path, "echo ready; sleep 1000");
  await readUntil(machine.console.readable.getReader(), "ready");
  const [hypervisor] = await childProcesses();
  Deno.kill(hypervisor!, "SIGKILL");
  const end = await machine.ended;
  assert.equal(end.reason, "hypervisor-failed");
  assert.match(
    end.reason === "hypervisor-failed" ? end.detail : "",
    /^Internal Virtualization error\. The virtual machine stopped unexpectedly\./,
  );
});

Deno.test("two machines of the framework share one source, each with a clone of its own", async () => {
  await using folder = await temporaryFolder();
  const source = await makeSource(folder.path);
  const before = await fingerprint(source);
  const patches = [{ offset: 1024 + 0xd0, bytes: new TextEncoder().encode("patched") }];
  const begin = async (name: string) => {
    const machineFolder = join(folder.path, name);
    await Deno.mkdir(machineFolder);
    const script = `
      cat /sys/block/vda/serial /sys/block/vda/ro; echo
      dd if=/dev/vda bs=1 skip=1231 count=9 2>/dev/null; echo
      yes ${name} | tr -d '\\n' | dd of=/dev/vda bs=64k count=1 2>/dev/null
      sync; echo written
      read -r _
      dd if=/dev/vda bs=1 count=3 2>/dev/null; echo
      dd if=/dev/vda bs=1M skip=15 count=1 2>/dev/null | head -c 3; echo
      cat /sys/class/net/e*/address; echo the end
      poweroff -f`;
    const machine = await start(machineFolder, script, {
      machine: { disks: [disk(source, { serial: `serial,${name}`, patches })], network: true },
    });
    return { name, machine, reader: machine.console.readable.getReader() };
  };
  const machines = [await begin("x"), await begin("y")];
  const addresses = new Set<string | undefined>();
  try {
    for (const { name, reader } of machines) {
      const text = await readUntil(reader, "written");
      assert.ok(text.includes(`serial,${name}0\n`), text);
      assert.ok(text.includes("\napatcheda\n"), text);
    }
    for (const { name, machine, reader } of machines) {
      const writer = machine.console.writable.getWriter();
      await writer.write(new TextEncoder().encode("\n"));
      // A console has no end of file: it still shows what comes.
      await writer.close();
      const text = await readUntil(reader, "the end");
      assert.ok(text.includes(`${name.repeat(3)}\naaa\n`), text);
      addresses.add(/(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/.exec(text)?.[0]);
      assert.deepEqual(await machine.ended, { reason: "power-off" });
    }
  } finally {
    for (const { machine } of machines) await machine.stop();
  }
  assert.equal(addresses.size, 2);
  assert.deepEqual(await fingerprint(source), before);
});

Deno.test("start() of a machine of the framework ends at every stage when its signal aborts", async (t) => {
  await using home = await temporaryFolder();
  const source = await makeSource(home.path);
  const reason = new Error("enough");
  const begin = async (
    folder: string,
    options: StartOptions,
    onConfiguration: (configuration: object) => void = () => {},
  ) =>
    await start(folder, "sleep 1000", {
      machine: { disks: [disk(source)], ports: ["a"] },
      backend: doubleBackend({ onConfiguration }),
      ...options,
    });

  await t.step("before it begins", async () => {
    await using folder = await temporaryFolder();
    await assert.rejects(begin(folder.path, { signal: AbortSignal.abort(reason) }), reason);
    assert.deepEqual([...Deno.readDirSync(folder.path)], []);
  });
  await t.step("after the clone", async () => {
    await using folder = await temporaryFolder();
    const controller = new AbortController();
    const onStage = () => controller.abort(reason);
    await assert.rejects(begin(folder.path, { signal: controller.signal, onStage }), reason);
    await assertNothingRuns();
  });
  for (const delay of [0, 1, 5, 20]) {
    await t.step(`${delay} ms after the framework was asked`, async () => {
      await using folder = await temporaryFolder();
      const controller = new AbortController();
      const onConfiguration = () => void setTimeout(() => controller.abort(reason), delay);
      await assert.rejects(
        begin(folder.path, { signal: controller.signal }, onConfiguration),
        reason,
      );
      await assertNothingRuns();
      const names = Array.from(Deno.readDirSync(folder.path), ({ name }) => name);
      assert.deepEqual(names, ["disk0.img"]);
    });
  }
  await t.step("while the machine runs", async () => {
    await using folder = await temporaryFolder();
    const controller = new AbortController();
    const stages: string[] = [];
    const machine = await begin(folder.path, {
      signal: controller.signal,
      onStage: (stage) => stages.push(stage),
    });
    assert.deepEqual(stages, ["clone", "hypervisor"]);
    controller.abort(reason);
    assert.deepEqual(await machine.ended, { reason: "stopped" });
    await assertNothingRuns();
  });
});

Deno.test("the ports of a machine of the framework move bytes both ways, and closing one is the guest's end of file", async () => {
  await using folder = await temporaryFolder();
  const script = `
    cat <$(port in) | tee /copy | cat >$(port out)
    sha256sum </copy
    poweroff -f`;
  await using machine = await start(folder.path, script, { machine: { ports: ["in", "out"] } });
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

Deno.test("a guest of the framework waits for its reader, and a flood does not fill our memory", async () => {
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
  await using machine = await start(folder.path, script, {
    machine: { ports: ["out", "received"] },
  });
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
    if (length >= size) {
      await machine.port("received").writable.getWriter().write(new Uint8Array(1));
    }
  }
  assert.equal(length, size);
  // What was read is garbage that is collected now and then: some of it is always there, all of it never.
  assert.ok(most < size / 2, `memory grew by ${most / MIB} MiB`);
  await end;
});

Deno.test("a guest of the framework does not hang on a console that was cancelled", async () => {
  await using folder = await temporaryFolder();
  await using machine = await start(folder.path, "head -c 3000000 /dev/zero; poweroff -f");
  await machine.console.readable.cancel();
  assert.deepEqual(await machine.ended, { reason: "power-off" });
});

Deno.test("a start that the framework refuses says why and leaves nothing behind", async (t) => {
  await using home = await temporaryFolder();
  const broken = join(home.path, "kernel");
  const bytes = new Uint8Array(1024);
  bytes.set(new TextEncoder().encode("HdrS"), 0x202);
  await Deno.writeFile(broken, bytes);
  const rows = [
    {
      name: "no such disk",
      machine: { disks: [disk(join(home.path, "missing"))] },
      kind: CloneFailed,
      says: /^Cannot clone .*missing: .*No such file/,
    },
    {
      name: "a kernel that does not start",
      machine: { kernel: broken },
      kind: MachineStartFailed,
      says: /^Cannot start the virtual machine: .*The virtual machine failed to start\./,
    },
  ];
  for (const { name, machine, kind, says } of rows) {
    await t.step(name, async () => {
      await using folder = await temporaryFolder();
      await assert.rejects(
        start(folder.path, "", { machine }),
        (error) => error instanceof kind && says.test(error.message),
      );
      await assertNothingRuns();
      assert.deepEqual([...Deno.readDirSync(folder.path)], []);
    });
  }
  await t.step("no entitlement", async () => {
    await using folder = await temporaryFolder();
    Deno.env.set("VZ_DOUBLE_ENTITLED", "0");
    try {
      await assert.rejects(start(folder.path, ""), (error) => {
        assert.ok(error instanceof MachineStartFailed);
        assert.match(error.message, /“com\.apple\.security\.virtualization” entitlement/);
        assert.match(error.advice, /snapvm doctor --fix/);
        return true;
      });
    } finally {
      Deno.env.delete("VZ_DOUBLE_ENTITLED");
    }
    assert.deepEqual([...Deno.readDirSync(folder.path)], []);
  });
});

Deno.test("a machine's runtime folder is gone once it runs", async () => {
  await using folder = await temporaryFolder();
  let socket = "";
  await using machine = await start(folder.path, "sleep 1000", {
    backend: doubleBackend({
      onConfiguration: (configuration) => {
        socket = (configuration as VirtualMachineConfiguration).console ?? "";
      },
    }),
  });
  assert.ok(socket.startsWith("/tmp/snapvm-"));
  await assert.rejects(Deno.stat(socket), Deno.errors.NotFound);
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
  await machine.stop();
  assert.deepEqual(await processesOf(basename(folder.path)), []);
});
