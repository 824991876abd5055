/**
 * What every machine does, whatever runs it.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { type ErrorCode, hasCode } from "../../lib/error/mod.ts";
import { MachineFolder, removeStaleMachines } from "../../lib/machines/mod.ts";
import type { Machine, MachineSpecification, StartOptions } from "../../lib/vm/mod.ts";
import { type Hypervisor, HYPERVISORS } from "./support/hypervisors.ts";
import { childProcesses, processesOf } from "../host/support/processes_of.ts";
import { disk, fingerprint, makeSource, SOURCE_SIZE } from "./support/sparse_disk.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import {
  readText,
  readUntil,
  startTinyGuest,
  type TinyGuestOptions,
} from "./support/tiny_guest.ts";

const MIB = 2 ** 20;
const ONE_BYTE = new Uint8Array(1);

/** Registers a test on each hypervisor. */
function testEach(
  name: string,
  test: (hypervisor: Hypervisor, t: Deno.TestContext) => Promise<void>,
): void {
  for (const hypervisor of HYPERVISORS) {
    Deno.test(`${hypervisor.name}: ${name}`, (t) => test(hypervisor, t));
  }
}

/** Runs steps at the same time: an emulated guest has one processor. */
async function together(
  t: Deno.TestContext,
  steps: readonly (readonly [name: string, step: () => Promise<void>])[],
): Promise<void> {
  const sanitizers = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };
  await Promise.all(steps.map(([name, fn]) => t.step({ name, fn, ...sanitizers })));
}

async function start(
  { attachConsole, backend }: Hypervisor,
  folder: string,
  script: string,
  options: TinyGuestOptions = {},
): Promise<Machine> {
  return await startTinyGuest(folder, attachConsole + script, { backend: backend(), ...options });
}

function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name);
}

testEach("a machine tells how its guest ended, before anybody has read", async (hypervisor, t) => {
  const mark = 'read -r uptime _ </proc/uptime; echo "boot $uptime" >$(port control);';
  const rows = [
    { name: "power-off", script: "poweroff -f", reason: "power-off" },
    { name: "reset", script: `${mark} reboot -f`, reason: "reset" },
    { name: "panic", script: "exit 3", reason: "panic", says: /Kernel panic - not syncing/ },
  ];
  await together(
    t,
    rows.map(({ name, script, reason, says }) => [name, async () => {
      await using folder = await temporaryFolder();
      await using machine = await start(hypervisor, folder.path, `echo goodbye; ${script}`, {
        machine: { ports: ["control"], bootMark: { port: "control", line: /^boot (\S+)/ } },
      });
      const marks = readText(machine.port("control").readable);
      assert.deepEqual(await machine.ended, { reason });
      const text = await readText(machine.console.readable);
      assert.match(text, /goodbye\n/);
      if (says !== undefined) assert.match(text, says);
      // If a framework starts the guest again, that shows when the second boot begins.
      assert.match(await marks, reason === "reset" ? /^boot \S+\n(boot \S+\n)?$/ : /^$/);
    }]),
  );
  assert.deepEqual(await childProcesses(), []);
});

testEach(
  "a guest does not hang on a console and a port that were cancelled",
  async (hypervisor) => {
    await using folder = await temporaryFolder();
    const script = `
    head -c 1000000 /dev/zero >$(port out)
    head -c 300000 /dev/zero
    poweroff -f`;
    await using machine = await start(hypervisor, folder.path, script, {
      machine: { ports: ["out"] },
    });
    await machine.console.readable.cancel();
    await machine.port("out").readable.cancel();
    assert.deepEqual(await machine.ended, { reason: "power-off" });
  },
);

testEach("a machine that is ended from outside says so", async (hypervisor, t) => {
  await together(t, [
    ["by stop(), at once, and a second time does nothing", async () => {
      await using folder = await temporaryFolder();
      const machine = await start(hypervisor, folder.path, "echo ready; sleep 1000");
      await readUntil(machine.console.readable.getReader(), "ready");
      await Promise.all([machine.stop(), machine.stop()]);
      await machine.stop();
      assert.deepEqual(await machine.ended, { reason: "stopped" });
    }],
    ...(["SIGKILL", "SIGTERM"] as const).map((name) =>
      [`by ${name} to the hypervisor`, async () => {
        await using folder = await temporaryFolder();
        const machineFolder = join(folder.path, "machine");
        await Deno.mkdir(machineFolder);
        await using machine = await start(hypervisor, machineFolder, "sleep 1000", {
          machine: { disks: [disk(await makeSource(folder.path))] },
        });
        const programs = await processesOf(machineFolder);
        Deno.kill(programs.find((program) => program.name.startsWith("qemu"))!.pid, name);
        const end = await machine.ended;
        assert.equal(end.reason, "hypervisor-failed");
        assert.match(end.reason === "hypervisor-failed" ? end.detail : "", hypervisor.killed[name]);
        assert.deepEqual(await processesOf(machineFolder), []);
      }] as const
    ),
  ]);
  assert.deepEqual(await childProcesses(), []);
});

testEach(
  "Machine.port() moves bytes both ways, whatever is closed",
  async (hypervisor) => {
    await using folder = await temporaryFolder();
    const script = `
    head -c ${MIB} <$(port in) | tee /copy | cat >$(port out)
    sha256sum </copy
    exec 3<>$(port both)
    head -c 5 <&3 >&3
    head -c 8 <&3 >&3
    head -c 50000 <$(port early) | wc -c
    poweroff -f`;
    await using machine = await start(hypervisor, folder.path, script, {
      machine: { ports: ["in", "out", "both", "early"] },
    });
    assert.throws(() => machine.port("other"), RangeError);
    const told: Record<string, boolean> = {};
    if ("onPort" in machine) machine.onPort = (name, isOpen) => told[name] ??= isOpen;
    const output = readText(machine.console.readable);
    const early = machine.port("early").writable.getWriter();
    await early.write(new Uint8Array(50_000));
    await early.close();

    const sent = crypto.getRandomValues(new Uint8Array(MIB / 16));
    const received = new Response(machine.port("out").readable).bytes();
    const writer = machine.port("in").writable.getWriter();
    for (let nth = 0; nth < 16; nth++) await writer.write(sent);

    const both = machine.port("both");
    const bothWriter = both.writable.getWriter();
    const bothReader = both.readable.getReader();
    await bothWriter.write(new TextEncoder().encode("hello"));
    assert.equal(await readUntil(bothReader, "hello"), "hello");
    await bothWriter.write(new TextEncoder().encode("the rest"));
    await bothWriter.close();
    // A port has no end of file: what the guest writes still comes.
    assert.equal(await readUntil(bothReader, "the rest"), "the rest");

    const all = new Uint8Array(MIB);
    for (let nth = 0; nth < 16; nth++) all.set(sent, nth * sent.length);
    assert.deepEqual(await received, all);
    const text = await output;
    assert.ok(text.includes(createHash("sha256").update(all).digest("hex")));
    // What was sent before the guest opened the port is there.
    assert.match(text, /^50000\r?$/m);
    const opened = hypervisor.tellsPorts ? ["in", "out", "both", "early"] : [];
    assert.deepEqual(told, Object.fromEntries(opened.map((name) => [name, true])));
    assert.deepEqual(await machine.ended, { reason: "power-off" });
    await assert.rejects(
      machine.port("out").writable.getWriter().write(sent),
      Deno.errors.BrokenPipe,
    );
  },
);

testEach(
  "a guest waits for its reader, and a flood does not fill our memory",
  async (hypervisor) => {
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
    await using machine = await start(hypervisor, folder.path, script, {
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
      if (length >= size) await machine.port("received").writable.getWriter().write(ONE_BYTE);
    }
    assert.equal(length, size);
    assert.ok(most < 64 * MIB, `memory grew by ${most / MIB} MiB`);
    await end;
  },
);

testEach(
  "two machines share one source, each with clones of its own that are patched",
  async (hypervisor, t) => {
    await using folder = await temporaryFolder();
    const source = await makeSource(folder.path);
    const before = await fingerprint(source);
    const patches = [{ offset: 1024 + 0xd0, bytes: new TextEncoder().encode("patched") }];
    const others = { x: "y", y: "x" } as const;
    const written = { x: Promise.withResolvers<void>(), y: Promise.withResolvers<void>() };
    await together(
      t,
      (["x", "y"] as const).map((name) => [name, async () => {
        const machineFolder = join(folder.path, name);
        await Deno.mkdir(machineFolder);
        const script = `
        cat /sys/block/vda/serial; echo
        cat /sys/block/vda/ro /sys/block/vdb/ro /sys/block/vdc/ro
        for disk in vda vdb vdc; do
          dd if=/dev/$disk bs=1 skip=1231 count=9 2>/dev/null; echo
          echo no | dd of=/dev/$disk conv=fsync 2>/dev/null && echo "$disk was written" || echo refused
        done
        yes ${name} | tr -d '\\n' | dd of=/dev/vda bs=64k count=1 iflag=fullblock 2>/dev/null
        sync
        echo written
        read -r _
        dd if=/dev/vda bs=1 count=3 2>/dev/null; echo
        dd if=/dev/vda bs=64k skip=${SOURCE_SIZE / 2 / 65536} count=1 2>/dev/null | head -c 3; echo
        poweroff -f`;
        await using machine = await start(hypervisor, machineFolder, script, {
          machine: {
            disks: [
              disk(source, { serial: `serial,${name}`, patches }),
              disk(source, { patches, readOnly: true }),
              disk(source, { readOnly: true }),
            ],
          },
        });
        const reader = machine.console.readable.getReader();
        const text = await readUntil(reader, "refused\nwritten\n");
        const lines = text.split("\n");
        assert.deepEqual(lines.slice(lines.indexOf(`serial,${name}`)), [
          ...[`serial,${name}`, "0", "1", "1"],
          ...["apatcheda", "vda was written"],
          ...["apatcheda", "refused"],
          ...["aaaaaaaaa", "refused"],
          "written",
          "",
        ]);
        written[name].resolve();
        await written[others[name]].promise;
        const writer = machine.console.writable.getWriter();
        await writer.write(new TextEncoder().encode("\n"));
        // A console has no end of file: it still shows what comes.
        await writer.close();
        await readUntil(reader, `${name.repeat(3)}\naaa\n`);
        reader.releaseLock();
        await machine.console.readable.cancel();
        assert.deepEqual(await machine.ended, { reason: "power-off" });
        const clone = join(machineFolder, hypervisor.clone);
        await hypervisor.checkClone(clone);
        assert.ok((await Deno.stat(clone)).blocks! * 512 < MIB);
      }]),
    );
    assert.deepEqual(await fingerprint(source), before);
  },
);

testEach("start() ends at every stage when its signal aborts", async (hypervisor, t) => {
  await using home = await temporaryFolder();
  const source = await makeSource(home.path);
  const reason = new Error("enough");
  const begin = (folder: string, options: StartOptions, onStart?: () => void) =>
    start(hypervisor, folder, "sleep 1000", {
      machine: { disks: [disk(source)], ports: ["a"] },
      backend: hypervisor.backend(onStart),
      ...options,
    });

  await t.step("before it begins", async () => {
    await using folder = await temporaryFolder();
    await assert.rejects(begin(folder.path, { signal: AbortSignal.abort(reason) }), reason);
    assert.deepEqual(names(folder.path), []);
  });
  await t.step("after the clone", async () => {
    await using folder = await temporaryFolder();
    const controller = new AbortController();
    const onStage = () => controller.abort(reason);
    await assert.rejects(begin(folder.path, { signal: controller.signal, onStage }), reason);
    assert.deepEqual(await childProcesses(), []);
  });
  for (const delay of [0, 1, 5, 20]) {
    await t.step(`${delay} ms after the hypervisor was asked`, async () => {
      await using folder = await temporaryFolder();
      const controller = new AbortController();
      const onStart = () => void setTimeout(() => controller.abort(reason), delay);
      await assert.rejects(begin(folder.path, { signal: controller.signal }, onStart), reason);
      assert.deepEqual(await childProcesses(), []);
      assert.deepEqual(names(folder.path), [hypervisor.clone]);
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
    assert.deepEqual(await childProcesses(), []);
  });
});

testEach("a start that fails says why and leaves nothing behind", async (hypervisor, t) => {
  await using home = await temporaryFolder();
  const missing = join(home.path, "missing");
  const broken = join(home.path, "broken");
  const bytes = new Uint8Array(1024);
  // A bzImage (Documentation/arch/x86/boot.rst) that says no more than that it is one.
  bytes.set(new TextEncoder().encode("HdrS"), 0x202);
  await Deno.writeFile(broken, bytes);
  const rows: {
    name: string;
    machine: Partial<MachineSpecification>;
    code: ErrorCode;
    says: string;
    cause?: typeof Deno.errors.NotFound;
  }[] = [
    {
      name: "no such disk",
      machine: { disks: [disk(missing)] },
      code: "clone-failed",
      says: `Cannot clone ${missing}: `,
      cause: Deno.errors.NotFound,
    },
    {
      name: "no such kernel",
      machine: { kernel: missing },
      code: "machine-start-failed",
      says: missing,
    },
    {
      name: "a kernel that does not start",
      machine: { kernel: broken },
      code: "machine-start-failed",
      says: "Cannot start ",
    },
  ];
  for (const { name, machine, code, says, cause } of rows) {
    await t.step(name, async () => {
      await using folder = await temporaryFolder();
      await assert.rejects(start(hypervisor, folder.path, "", { machine }), (error) => {
        assert.ok(hasCode(error, code));
        assert.ok(error.message.includes(says), error.message);
        if (cause !== undefined) assert.ok(error.cause instanceof cause);
        return true;
      });
      assert.deepEqual(await childProcesses(), []);
      assert.deepEqual(names(folder.path), []);
    });
  }
});

testEach("a machine's runtime folder is gone once it runs", async (hypervisor) => {
  await using folder = await temporaryFolder();
  let runtime = "";
  const backend = hypervisor.backend(() => {
    runtime = Deno.readLinkSync(join(folder.path, "runtime"));
  });
  await using machine = await start(hypervisor, folder.path, "sleep 1000", { backend });
  assert.ok(runtime.startsWith("/tmp/snapvm-"));
  await assert.rejects(Deno.stat(runtime), Deno.errors.NotFound);
  assert.deepEqual(names(folder.path), []);
  await machine.stop();
  assert.deepEqual(await processesOf(basename(folder.path)), []);
});

testEach(
  "a machine dies with a snapvm that is killed, and the next one cleans up",
  async (hypervisor) => {
    await using home = await temporaryFolder();
    const source = await makeSource(home.path);
    const before = await fingerprint(source);
    const program = new URL("support/killed_machine.ts", import.meta.url).href;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", program, hypervisor.name, home.path, source],
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    const name = (await readUntil(reader, "\n")).trim();
    const programs = (await processesOf(name)).map(({ name }) => name).sort();
    assert.deepEqual(programs, hypervisor.programs);
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    while ((await processesOf(name)).length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await using living = await MachineFolder.create(home.path);
    assert.deepEqual(await removeStaleMachines(home.path), [name]);
    assert.deepEqual(names(join(home.path, "machines")), [living.name]);
    assert.deepEqual(await fingerprint(source), before);
  },
);
