import { formatSize } from "../../ui/mod.ts";
import type { MachineListing, MachinePort } from "../../machines/mod.ts";
import { isAgentLost } from "./is_agent_lost.ts";

/** What a machine does, in a word or two: `ready`, `booting: userspace`, `stopped (panic)`. */
export function describeState({ state, status }: MachineListing): string {
  if (state === "running" && status !== undefined) {
    if (status.failure !== undefined) return `failed: ${status.failure.mode}`;
    if (isAgentLost(status)) return "agent lost";
    return status.stage === "ready" ? "ready" : `booting: ${status.stage}`;
  }
  const reason = status?.end?.reason;
  const isOdd = state === "stopped" && reason !== undefined && !ORDINARY_ENDS.includes(reason);
  return isOdd ? `stopped (${reason})` : state;
}

/** The ends that somebody wanted. */
const ORDINARY_ENDS: readonly string[] = ["power-off", "stopped", "reset"];

/** A port as `--publish` takes it: `127.0.0.1:8080:80/udp`. */
export function describePort({ protocol, address, hostPort, guestPort }: MachinePort): string {
  const host = address.includes(":") ? `[${address}]` : address;
  return `${host}:${hostPort}:${guestPort}${protocol === "udp" ? "/udp" : ""}`;
}

/** How long ago a time was, in the largest unit that is over: `3 minutes`. */
export function describeAge(time: string, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(time)) / 1000));
  for (const [name, length] of UNITS) {
    const count = Math.floor(seconds / length);
    if (count > 0) return `${count} ${name}${count === 1 ? "" : "s"}`;
  }
  return "0 seconds";
}

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]] as const;

/** The name of an image as people type it: without the registry that is meant if none is named. */
function shortName(image: string): string {
  return image.replace(/^docker\.io\/(library\/)?/, "");
}

/** The row of a machine in a table. */
export function machineCells(machine: MachineListing, now: number): string[] {
  const { name, record, status, state } = machine;
  const runs = state === "running" || state === "stopping";
  return [
    name,
    describeState(machine),
    record === undefined ? "-" : shortName(record.image.name),
    runs && status !== undefined ? describeAge(status.started, now) : "-",
    status?.addresses[0] ?? "-",
    (runs ? status?.ports ?? [] : record?.ports ?? []).map(describePort).join(", ") || "-",
    record === undefined ? "-" : formatSize(record.memory),
  ];
}

/** What `--json` says of a machine. */
export function machineJson(machine: MachineListing, now: number) {
  const { name, path, state, record, status, problem } = machine;
  const runs = state === "running" || state === "stopping";
  return {
    name,
    state,
    stage: runs ? status?.stage ?? null : null,
    ready: state === "running" && status?.stage === "ready" && status.agent &&
      status.failure === undefined,
    image: record?.image ?? null,
    kept: record?.kept ?? null,
    created: record?.created ?? null,
    started: status?.started ?? null,
    uptime: runs && status !== undefined
      ? Math.max(0, Math.floor((now - Date.parse(status.started)) / 1000))
      : null,
    addresses: status?.addresses ?? [],
    ports: (runs ? status?.ports : record?.ports) ?? [],
    shares: record?.shares ?? [],
    cpus: record?.cpus ?? null,
    memory: record?.memory ?? null,
    backend: record?.backend ?? null,
    acceleration: runs ? status?.acceleration ?? null : null,
    architecture: record?.architecture ?? null,
    kernel: record?.kernel ?? null,
    commandLine: record?.commandLine ?? null,
    command: record?.command ?? null,
    user: record?.user ?? null,
    macAddress: record?.macAddress ?? null,
    machineId: record?.machineId ?? null,
    selinux: record?.selinux ?? null,
    targets: status?.targets ?? [],
    failure: status?.failure ?? null,
    end: status?.end ?? null,
    problems: [...status?.problems ?? [], ...problem === undefined ? [] : [problem]],
    pid: runs ? status?.pid ?? null : null,
    path,
  };
}
