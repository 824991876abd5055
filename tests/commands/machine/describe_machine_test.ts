import assert from "node:assert/strict";
import {
  describeAge,
  describePort,
  describeState,
  machineCells,
  machineJson,
} from "../../../lib/commands/machine/describe_machine.ts";
import type { MachineListing, MachineRecord, MachineStatus } from "../../../lib/machines/mod.ts";

const RECORD: MachineRecord = {
  version: 1,
  name: "dev",
  created: "2026-01-01T00:00:00.000Z",
  kept: true,
  image: { name: "docker.io/library/demo:1", snapshot: "/snapshot" },
  backend: "qemu",
  architecture: "x86_64",
  cpus: 2,
  memory: 2 ** 31,
  kernel: "6.1.0",
  commandLine: "root=/dev/vda",
  ports: [{ protocol: "tcp", address: "127.0.0.1", hostPort: 8080, guestPort: 80 }],
  shares: [],
  selinux: false,
};

const STATUS: MachineStatus = {
  version: 1,
  state: "running",
  pid: 7,
  started: "2026-01-02T00:00:00.000Z",
  acceleration: "tcg",
  stage: "ready",
  agent: true,
  targets: [],
  addresses: ["10.0.2.15"],
  ports: RECORD.ports,
  problems: [],
};

const NOW = Date.parse("2026-01-02T01:30:00.000Z");

function machine(state: MachineListing["state"], status?: Partial<MachineStatus>): MachineListing {
  return {
    name: "dev",
    path: "/machines/dev",
    state,
    record: RECORD,
    ...status && { status: { ...STATUS, ...status } },
  };
}

Deno.test("describeState() says what a machine does", async (t) => {
  const time = "2026-01-02T00:00:00.000Z";
  const rows: [string, MachineListing][] = [
    ["ready", machine("running", {})],
    ["booting: initramfs", machine("running", { stage: "initramfs" })],
    ["agent lost", machine("running", { agent: false })],
    [
      "failed: emergency",
      machine("running", {
        stage: "userspace",
        failure: { mode: "emergency", stage: "userspace", console: "" },
      }),
    ],
    ["stopping", machine("stopping", { state: "stopping" })],
    ["stopped", machine("stopped", { state: "stopped", end: { reason: "power-off", time } })],
    [
      "stopped (panic)",
      machine("stopped", { state: "stopped", end: { reason: "panic", time } }),
    ],
    ["starting", machine("starting")],
    ["damaged", { name: "dev", path: "/machines/dev", state: "damaged", problem: "it is odd" }],
  ];
  for (const [expected, listing] of rows) {
    await t.step(expected, () => assert.equal(describeState(listing), expected));
  }
});

Deno.test("describeAge() uses the largest unit that is over", () => {
  const ages = ["2026-01-02T01:30:00Z", "2026-01-02T01:29:59Z", "2026-01-02T01:28:30Z"];
  assert.deepEqual(ages.map((time) => describeAge(time, NOW)), [
    "0 seconds",
    "1 second",
    "1 minute",
  ]);
  assert.equal(describeAge("2026-01-01T00:00:00Z", NOW), "1 day");
  // A clock that was set back.
  assert.equal(describeAge("2026-01-03T00:00:00Z", NOW), "0 seconds");
});

Deno.test("describePort() writes ports as --publish takes them", () => {
  const port = { protocol: "tcp", address: "127.0.0.1", hostPort: 1, guestPort: 2 } as const;
  assert.equal(describePort(port), "127.0.0.1:1:2");
  assert.equal(describePort({ ...port, address: "::", protocol: "udp" }), "[::]:1:2/udp");
});

Deno.test("machineCells() has a cell for each column, whatever is known", () => {
  assert.deepEqual(machineCells(machine("running", {}), NOW), [
    "dev",
    "ready",
    "demo:1",
    "1 hour",
    "10.0.2.15",
    "127.0.0.1:8080:80",
    "2G",
  ]);
  assert.deepEqual(
    machineCells({ name: "dev", path: "/machines/dev", state: "starting" }, NOW),
    ["dev", "starting", "-", "-", "-", "-", "-"],
  );
});

Deno.test("machineJson() has the same keys, whatever is known", () => {
  const running = machineJson(machine("running", {}), NOW);
  assert.equal(running.ready, true);
  assert.equal(running.uptime, 5400);
  const damaged = machineJson(
    { name: "dev", path: "/machines/dev", state: "damaged", problem: "it is odd" },
    NOW,
  );
  assert.deepEqual(Object.keys(damaged), Object.keys(running));
  assert.deepEqual(damaged.problems, ["it is odd"]);
});
