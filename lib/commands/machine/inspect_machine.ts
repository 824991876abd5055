import { snapvmHome } from "../../host/mod.ts";
import { formatSize, print, printable, printJson } from "../../ui/mod.ts";
import {
  findMachine,
  isMachineName,
  listMachines,
  type MachineListing,
} from "../../machines/mod.ts";
import { describeAge, describePort, describeState, machineJson } from "./describe_machine.ts";

/** Whether there is a machine with this name. */
export async function isMachine(name: string): Promise<boolean> {
  if (!isMachineName(name)) return false;
  return (await listMachines(snapvmHome())).some((machine) => machine.name === name);
}

/** Shows a machine: what it is made of, what it does, and how it ended. */
export async function inspectMachine(
  { json }: { readonly json?: boolean | undefined },
  name: string,
): Promise<void> {
  const machine = await findMachine(snapvmHome(), name);
  const now = Date.now();
  if (json) printJson(machineJson(machine, now));
  else print(describe(machine, now));
}

function describe(machine: MachineListing, now: number): string {
  const { name, path, record, status, problem } = machine;
  const runs = machine.state === "running" || machine.state === "stopping";
  const lines: [string, string | undefined][] = [
    ["name", name],
    ["state", describeState(machine)],
    ["uptime", runs && status !== undefined ? describeAge(status.started, now) : undefined],
    ["image", record?.image.name],
    ["digest", record?.image.digest],
    ["platform", record?.image.platform],
    ["created", record?.created],
    ["kept", record && (record.kept ? "yes, until it is removed" : "no, it goes with its end")],
    ["processors", record && String(record.cpus)],
    ["memory", record && formatSize(record.memory)],
    ["backend", record && backendLine(record.backend, runs ? status?.acceleration : undefined)],
    ["kernel", record?.kernel],
    ["cmdline", record?.commandLine],
    ["command", record?.command?.join(" ")],
    ["user", record?.user],
    ["selinux", record && (record.selinux ? "enforced, by the image's own policy" : "off")],
    ["mac", record?.macAddress],
    ...labelled("address", status?.addresses ?? []),
    ...labelled("port", ((runs ? status?.ports : record?.ports) ?? []).map(describePort)),
    ...labelled(
      "share",
      (record?.shares ?? []).map(({ source, path, readOnly }) =>
        `${source} at ${path}${readOnly ? ", read only" : ""}`
      ),
    ),
    ...labelled("target", status?.targets ?? []),
    ...labelled("problem", [...status?.problems ?? [], ...problem === undefined ? [] : [problem]]),
    ["failed", status?.failure && `it waits in ${status.failure.mode} mode`],
    ["ended", status?.end && `${status.end.reason}, ${status.end.time}`],
    ["folder", path],
  ];
  return lines.map(([label, value]) =>
    value === undefined ? "" : `${label.padEnd(10)}  ${printable(value)}\n`
  ).join("");
}

function labelled(label: string, values: readonly string[]): [string, string][] {
  return values.map((value) => [label, value]);
}

function backendLine(backend: string, acceleration: string | undefined): string {
  return acceleration === undefined ? backend : `${backend}, ${acceleration}`;
}
