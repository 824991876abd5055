/**
 * Machines that outlive the command that has started them, on each hypervisor.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  connectMachine,
  findMachine,
  listMachines,
  MachineFolder,
  type MachineListing,
  removeMachine,
} from "../../../lib/machines/mod.ts";
import {
  BackgroundSupervisor,
  createQemuBackend,
  type MachinePlan,
  type PlannedBackend,
} from "../../../lib/vm/mod.ts";
import { runProgram } from "../../../scripts/images/mod.ts";
import { buildDouble } from "../../vz_double/build_double.ts";
import { recordOf } from "../../machines/support/records.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary_folder.ts";
import { tinyGuest } from "../support/tiny_guest.ts";

const CLI = new URL("../../../cli.ts", import.meta.url).href;
const PROGRAM = {
  program: Deno.execPath(),
  args: ["run", "-q", "--allow-all", CLI, "supervise"],
};

/** The most that a supervisor may take, in bytes. */
const MAX_MEMORY = 70 * 2 ** 20;

const BACKENDS: readonly { backend: PlannedBackend; clone: string; console: string }[] = [
  { backend: { name: "qemu" }, clone: "disk0.qcow2", console: "" },
  {
    backend: { name: "vz", folder: "/nonexistent", library: await buildDouble() },
    clone: "disk0.img",
    console: "exec <>/dev/hvc0 >&0 2>&0;",
  },
];

/** Writes to its disk as long as it runs. */
const BUSY_GUEST = `
  load ext4
  mkdir /mnt
  mount /dev/vda /mnt
  [ -e /mnt/boots ] && cat /mnt/boots
  echo "a boot" >>/mnt/boots
  sync
  echo writing
  i=0
  while :; do
    i=$((i + 1))
    mkdir -p /mnt/$((i % 20))
    echo $i >/mnt/$((i % 20))/$((i % 300))
    [ $((i % 40)) = 0 ] && sync
    [ $((i % 17)) = 0 ] && rm -r /mnt/$((i % 20))
  done`;

interface PlanOptions {
  readonly folder: MachineFolder;
  readonly backend: PlannedBackend;
  readonly script: string;
  readonly source?: string;
  readonly kept?: boolean;
}

async function planOf(options: PlanOptions): Promise<MachinePlan> {
  const { folder, backend, script, source, kept = true } = options;
  const { kernel, initramfs } = await tinyGuest();
  return {
    record: recordOf(folder.name, { kept, backend: backend.name }),
    specification: {
      architecture: "x86_64",
      cpus: 1,
      memory: 256 * 2 ** 20,
      kernel,
      initramfs,
      commandLine: [
        `console=${backend.name === "qemu" ? "ttyS0" : "hvc0"}`,
        "quiet",
        ...createQemuBackend().kernelArguments("x86_64"),
        `script=${btoa(script)}`,
      ].join(" "),
      disks: source === undefined
        ? []
        : [{ source, serial: "root", readOnly: false, patches: [], kept }],
      network: false,
      ports: [],
      folder: folder.path,
    },
    backend,
    mounts: [],
  };
}

/** Starts a machine in the background. */
async function launch(
  home: string,
  name: string,
  options: Omit<PlanOptions, "folder">,
): Promise<void> {
  await using folder = await MachineFolder.create(home, { name });
  await using supervisor = new BackgroundSupervisor(folder, PROGRAM);
  await supervisor.start(home, await planOf({ ...options, folder }));
}

/** Starts a kept machine again. */
async function startAgain(home: string, name: string): Promise<void> {
  await using folder = await MachineFolder.open(home, name);
  await using supervisor = new BackgroundSupervisor(folder, PROGRAM);
  await supervisor.start(home, undefined);
}

/** Makes a home; whatever becomes of the test, no machine there outlives it. */
async function machinesHome(): Promise<TemporaryFolder> {
  const home = await temporaryFolder();
  return {
    path: home.path,
    [Symbol.asyncDispose]: async () => {
      for (const { state, status } of await listMachines(home.path)) {
        if (state !== "stopped" && status !== undefined) Deno.kill(status.pid, "SIGKILL");
      }
      await until(() => processesWith(home.path).length === 0);
      await home[Symbol.asyncDispose]();
    },
  };
}

/** Waits until the console of a machine has shown a text, and returns all of it. */
async function shown(machine: MachineListing, text: string): Promise<string> {
  await using client = await connectMachine(machine);
  await using watch = client.console({ replay: 2 ** 20 });
  let all = "";
  for await (const bytes of watch.readable) {
    all += new TextDecoder().decode(bytes);
    if (all.includes(text)) return all;
  }
  throw new Error(`The guest ended without ${text}: ${all}`);
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!await isTrue()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name);
}

/** The processes whose command line has a text in it. */
function processesWith(text: string): number[] {
  return names("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      return pid !== Deno.pid && Deno.readTextFileSync(`/proc/${pid}/cmdline`).includes(text);
    } catch {
      return false;
    }
  });
}

/** The number of bytes of a process that are in memory. */
function memoryOf(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
}

/** Brings a filesystem up to date as a mount does, and looks for anything that is wrong with it then. */
async function checkFilesystem(clone: string, work: string): Promise<void> {
  const raw = join(work, "raw");
  const convert = new Deno.Command("qemu-img", {
    args: ["convert", "-O", "raw", clone, raw],
    stderr: "null",
  });
  // A hypervisor that is being killed has the clone a little longer.
  await until(async () => (await convert.output()).success);
  const { code } = await new Deno.Command("e2fsck", { args: ["-p", raw], stdout: "null" }).output();
  assert.ok(code <= 1, `e2fsck -p ended with ${code}`);
  await runProgram("e2fsck", ["-fn", raw]);
  await Deno.remove(raw);
}

for (const { backend, clone, console } of BACKENDS) {
  Deno.test(`${backend.name}: a kept machine outlives everything but its removal`, async () => {
    await using home = await machinesHome();
    await using work = await temporaryFolder();
    const source = join(work.path, "source");
    await runProgram("mkfs.ext4", ["-q", source, "64M"]);
    await launch(home.path, "dev", { backend, script: console + BUSY_GUEST, source });
    const first = await findMachine(home.path, "dev");
    assert.equal(first.state, "running");
    const { pid } = first.status!;
    await shown(first, "writing");
    // Virtualization.framework's double is a program of its own, in the same process.
    if (backend.name === "qemu") {
      assert.ok(memoryOf(pid) < MAX_MEMORY, `the supervisor takes ${memoryOf(pid)} bytes`);
    }

    // The supervisor is killed in the middle of something.
    Deno.kill(pid, "SIGKILL");
    await until(() => !names("/proc").includes(String(pid)));
    const stopped = await findMachine(home.path, "dev");
    assert.equal(stopped.state, "stopped");
    assert.equal(stopped.status?.end?.reason, "supervisor-killed");
    await until(() => processesWith(first.path).length === 0);
    const kept = names(first.path);
    assert.ok(kept.includes(clone));
    assert.ok(!kept.includes("runtime"));
    await checkFilesystem(join(first.path, clone), work.path);

    // It comes back with what was on its disk, and its hypervisor is killed.
    await Deno.remove(join(first.path, "console.log"));
    await startAgain(home.path, "dev");
    const second = await findMachine(home.path, "dev");
    assert.match(await shown(second, "writing"), /^a boot\r?\nwriting/m);
    const hypervisor = processesWith(first.path)
      .find((each) => /qemu-system/.test(Deno.readTextFileSync(`/proc/${each}/comm`)));
    await using client = await connectMachine(second);
    const statuses = client.followStatus()[Symbol.asyncIterator]();
    await statuses.next();
    Deno.kill(hypervisor!, "SIGKILL");
    const reasons: (string | undefined)[] = [];
    for (let next = await statuses.next(); !next.done; next = await statuses.next()) {
      reasons.push(next.value.end?.reason);
    }
    assert.equal(reasons.at(-1), "hypervisor-failed");
    await until(async () => (await findMachine(home.path, "dev")).state === "stopped");
    await until(() => processesWith(first.path).length === 0);
    await checkFilesystem(join(first.path, clone), work.path);
    await removeMachine(home.path, "dev");
    assert.deepEqual(names(join(home.path, "machines")), []);
  });
}

const QEMU = { name: "qemu" } as const;

Deno.test("a start that fails is told to the command that waits, and leaves nothing", async (t) => {
  const rows: {
    name: string;
    change(plan: MachinePlan): MachinePlan;
    error: object;
  }[] = [
    {
      name: "a disk's source is gone",
      change: (plan) => ({
        ...plan,
        specification: {
          ...plan.specification,
          disks: [{ source: "/nonexistent", serial: "root", readOnly: false, patches: [] }],
        },
      }),
      error: {
        code: "machine-damaged",
        message: "Cannot start the machine dev: its disk is a clone of /nonexistent, which is gone",
      },
    },
    {
      name: "a disk of the user's is gone",
      change: (plan) => ({
        ...plan,
        specification: {
          ...plan.specification,
          attachedDisks: [
            { path: "/nonexistent/disk", format: "raw", serial: "disk1", readOnly: true },
          ],
        },
      }),
      error: {
        code: "disk-unusable",
        message: "Cannot start the machine dev: its disk /nonexistent/disk is gone",
      },
    },
    {
      name: "a shared folder is gone",
      change: (plan) => ({
        ...plan,
        specification: {
          ...plan.specification,
          shares: [{ source: "/nonexistent", tag: "share", readOnly: true }],
        },
      }),
      error: {
        code: "share-unusable",
        message: "Cannot start the machine dev: it shares /nonexistent, which is gone",
      },
    },
    {
      name: "a port is taken",
      change: (plan) => ({
        ...plan,
        record: {
          ...plan.record,
          ports: [{ protocol: "tcp", address: "192.0.2.1", hostPort: 80, guestPort: 80 }],
        },
      }),
      error: {
        code: "port-taken",
        message: "Cannot listen on 192.0.2.1:80/tcp: this host does not have the address",
        data: { protocol: "tcp", address: "192.0.2.1", port: 80, inUse: false },
      },
    },
    {
      name: "the hypervisor refuses",
      change: (plan) => ({
        ...plan,
        specification: { ...plan.specification, kernel: "/nonexistent" },
      }),
      error: { code: "machine-start-failed" },
    },
    {
      name: "it is not there",
      change: (plan) => ({
        ...plan,
        backend: { name: "vz", folder: "/nonexistent", library: "/nonexistent" },
      }),
      error: { code: "library-unloadable" },
    },
  ];
  for (const { name, change, error } of rows) {
    await t.step(name, async () => {
      await using home = await temporaryFolder();
      await using folder = await MachineFolder.create(home.path, { name: "dev" });
      await using supervisor = new BackgroundSupervisor(folder, PROGRAM);
      const plan = change(await planOf({ folder, backend: QEMU, script: "" }));
      await assert.rejects(supervisor.start(home.path, plan), error);
      await supervisor[Symbol.asyncDispose]();
      assert.deepEqual(names(join(home.path, "machines")), []);
    });
  }
  await t.step("the supervisor cannot be started", async () => {
    await using home = await temporaryFolder();
    await using folder = await MachineFolder.create(home.path);
    await using supervisor = new BackgroundSupervisor(folder, {
      program: "/nonexistent/snapvm",
      args: [],
    });
    const plan = await planOf({ folder, backend: QEMU, script: "" });
    await assert.rejects(supervisor.start(home.path, plan), {
      code: "machine-start-failed",
      message: /^Cannot start the machine's supervisor: it has ended: .*\/nonexistent\/snapvm/,
    });
  });
  await t.step("it is given up before there is a plan", async () => {
    await using home = await temporaryFolder();
    await using folder = await MachineFolder.create(home.path);
    await using supervisor = new BackgroundSupervisor(folder, PROGRAM);
    // The shell has become the supervisor by then.
    await until(() => processesWith(folder.path).length === 0);
    await supervisor[Symbol.asyncDispose]();
    assert.equal(await Deno.readTextFile(join(folder.path, "supervisor.log")), "");
  });
  await t.step("it is given up", async () => {
    await using home = await temporaryFolder();
    await using folder = await MachineFolder.create(home.path);
    await using supervisor = new BackgroundSupervisor(folder, PROGRAM);
    const plan = await planOf({ folder, backend: QEMU, script: "" });
    const abort = new AbortController();
    const starting = supervisor.start(home.path, plan, {
      signal: abort.signal,
      onClone: () => abort.abort(new Error("enough")),
    });
    await assert.rejects(starting, { message: "enough" });
    await supervisor[Symbol.asyncDispose]();
    assert.deepEqual(names(join(home.path, "machines")), []);
    assert.deepEqual(processesWith(folder.path), []);
  });
});

Deno.test("ten machines can be started at once, and ended with them", async () => {
  await using home = await machinesHome();
  const ports = [
    { protocol: "tcp", address: "127.0.0.1", hostPort: 0, guestPort: 80 },
  ] as const;
  await Promise.all(Array.from({ length: 10 }, async () => {
    await using folder = await MachineFolder.create(home.path);
    await using supervisor = new BackgroundSupervisor(folder, PROGRAM);
    const plan = await planOf({ folder, backend: QEMU, script: "", kept: false });
    await supervisor.start(home.path, { ...plan, record: { ...plan.record, ports } });
  }));
  const machines = await listMachines(home.path);
  assert.deepEqual(machines.map(({ state }) => state), Array(10).fill("running"));
  assert.equal(new Set(machines.map(({ status }) => status?.ports[0]?.hostPort)).size, 10);
  await Promise.all(machines.map(async (machine) => {
    await using client = await connectMachine(machine);
    assert.equal(await client.kill(), "stopped");
  }));
  // They were not kept.
  await until(async () => (await listMachines(home.path)).length === 0);
  assert.deepEqual(names(join(home.path, "machines")), []);
  for (const { status, path } of machines) {
    await until(() => !names("/proc").includes(String(status?.pid)));
    assert.deepEqual(processesWith(path), []);
  }
});
