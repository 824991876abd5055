import type { MachineRecord, MachineStatus } from "../../../lib/machines/mod.ts";

/** What a machine is. */
export function recordOf(name: string, changes: Partial<MachineRecord> = {}): MachineRecord {
  return {
    version: 1,
    name,
    created: "2026-11-27T12:00:00.000Z",
    kept: true,
    image: { name: "example.com/system:1", snapshot: "/snapshot" },
    backend: "qemu",
    architecture: "x86_64",
    cpus: 1,
    memory: 2 ** 30,
    kernel: "6.12.0",
    commandLine: "quiet",
    ports: [],
    shares: [],
    selinux: false,
    ...changes,
  };
}

/** What is said of a machine. */
export function statusOf(changes: Partial<MachineStatus> = {}): MachineStatus {
  return {
    version: 1,
    state: "running",
    pid: 1,
    started: "2026-11-27T12:00:00.000Z",
    acceleration: "kvm",
    stage: "ready",
    agent: true,
    targets: ["multi-user.target"],
    addresses: ["10.0.2.15"],
    ports: [],
    problems: [],
    ...changes,
  };
}
