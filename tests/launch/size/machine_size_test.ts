import assert from "node:assert/strict";
import { type HostFiles, hostResources } from "../../../lib/launch/size/host_resources.ts";
import { machineSize } from "../../../lib/launch/size/machine_size.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

function host(files: Readonly<Record<string, string>>, more: Partial<HostFiles> = {}): HostFiles {
  return { os: "linux", cpus: 8, total: 16 * GIB, read: (path) => files[path], ...more };
}

const MEMINFO = { "/proc/meminfo": `MemTotal: 16777216 kB\nMemAvailable:    8388608 kB\n` };

Deno.test("hostResources() is what the kernel can give, within the control groups' limits", async (t) => {
  const rows: readonly (readonly [string, HostFiles, number])[] = [
    ["no limits", host(MEMINFO), 8 * GIB],
    ["nothing to read", host({}), 16 * GIB],
    ["a Mac", host(MEMINFO, { os: "darwin" }), 16 * GIB],
    [
      "a limit of the folder above, version 2",
      host({
        ...MEMINFO,
        "/proc/self/cgroup": "0::/a/b\n",
        "/sys/fs/cgroup/a/b/memory.max": "max\n",
        "/sys/fs/cgroup/a/b/memory.current": `${GIB}\n`,
        "/sys/fs/cgroup/a/memory.max": `${4 * GIB}\n`,
        "/sys/fs/cgroup/a/memory.current": `${2 * GIB}\n`,
        "/sys/fs/cgroup/a/memory.stat": `anon 5\ninactive_file ${GIB / 2}\n`,
      }),
      2.5 * GIB,
    ],
    [
      "a limit that is used up",
      host({
        ...MEMINFO,
        "/proc/self/cgroup": "0::/\n",
        "/sys/fs/cgroup/memory.max": `${GIB}`,
        "/sys/fs/cgroup/memory.current": `${2 * GIB}`,
      }),
      0,
    ],
    [
      "version 1",
      host({
        ...MEMINFO,
        "/proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/x\n0::/\n",
        "/sys/fs/cgroup/memory/x/memory.limit_in_bytes": `${3 * GIB}`,
        "/sys/fs/cgroup/memory/x/memory.usage_in_bytes": `${GIB}`,
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes": `${5 * GIB}`,
      }),
      2 * GIB,
    ],
  ];
  for (const [name, files, memory] of rows) {
    await t.step(name, () => assert.deepEqual(hostResources(files), { cpus: 8, memory }));
  }
});

Deno.test("hostResources() reads this host", () => {
  const { cpus, memory } = hostResources();
  assert(cpus >= 1);
  assert(memory > 64 * MIB && memory <= Deno.systemMemoryInfo().total);
});

Deno.test("machineSize() suits the host", async (t) => {
  const most = Math.min(navigator.hardwareConcurrency, 4);
  const rows = [
    ["a large host", { cpus: 64, memory: 256 * GIB }, most, 2 * GIB],
    ["one processor", { cpus: 1, memory: 256 * GIB }, 1, 2 * GIB],
    ["2 GiB", { cpus: 64, memory: 2 * GIB }, most, 1536 * MIB],
    ["1 GiB", { cpus: 64, memory: GIB }, most, 768 * MIB],
    ["as little as a machine needs", { cpus: 64, memory: 520 * MIB }, most, 512 * MIB],
  ] as const;
  for (const [name, resources, cpus, memory] of rows) {
    await t.step(name, () => assert.deepEqual(machineSize({}, resources), { cpus, memory }));
  }
  await t.step("what was asked for", () => {
    const requested = { cpus: 8, memory: 3 * GIB };
    assert.deepEqual(machineSize(requested, requested), requested);
  });
});

Deno.test("machineSize() refuses what the host has not, with the numbers", async (t) => {
  const resources = { cpus: 2, memory: 700 * MIB };
  await t.step("processors", () => {
    assert.throws(() => machineSize({ cpus: 3 }, resources), {
      code: "host-too-small",
      message: "Cannot start a machine with 3 virtual processors: this host has 2",
      data: { resource: "cpus", requested: 3, available: 2 },
    });
  });
  await t.step("memory", () => {
    assert.throws(() => machineSize({ memory: 8 * GIB }, resources), {
      code: "host-too-small",
      message: "Cannot start a machine with 8192M of memory: this host has 700M left",
      data: { resource: "memory", requested: 8 * GIB, available: 700 * MIB },
    });
  });
  await t.step("not even the least", () => {
    assert.throws(() => machineSize({}, { cpus: 1, memory: 300 * MIB }), {
      code: "host-too-small",
      message: "Cannot start a machine with 512M of memory: this host has 300M left",
    });
  });
});
