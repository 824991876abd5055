import { SnapvmError } from "../../error/mod.ts";
import { withDeadline } from "../../host/mod.ts";
import { CommandFailure, ExitStatus, printable, StatusLine } from "../../ui/mod.ts";
import type { MachineClient, MachineFailure, MachineStatus } from "../../machines/mod.ts";
import { isAgentLost } from "./is_agent_lost.ts";
import { isReady } from "./is_ready.ts";

/** What a guest does at a stage. */
const DOING = {
  kernel: "its kernel starts",
  initramfs: "it is in its initramfs",
  userspace: "its services start",
  ready: "it is ready",
} as const;

/**
 * Waits until a machine's guest is ready for work. A line on the terminal says how far it is.
 *
 * @param client The machine.
 * @param signal Ends the waiting with its reason.
 * @throws {SnapvmError} `guest-failed` if the guest waits for somebody at its console, `machine-ended` if it ends,
 * `agent-lost` if its agent has been there and is not any more.
 */
export async function waitUntilReady(client: MachineClient, signal: AbortSignal): Promise<void> {
  using line = new StatusLine();
  const changes = client.followStatus()[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await withDeadline(changes.next(), { signal });
      if (done) throw ended(client.name, undefined);
      if (isReady(value)) return;
      if (value.failure !== undefined) throw failed(client.name, value.failure);
      if (value.end !== undefined || value.state === "stopped") throw ended(client.name, value);
      if (isAgentLost(value)) throw agentLost(client.name);
      line.show(`${client.name}: ${describe(value)}`);
    }
  } finally {
    // What it waits for may never come.
    changes.return?.().catch(() => {});
  }
}

function describe({ stage, targets }: MachineStatus): string {
  const target = targets.at(-1);
  return target === undefined || stage !== "userspace"
    ? DOING[stage]
    : `${DOING[stage]}, it has reached ${printable(target)}`;
}

function failed(name: string, { mode, stage, console }: MachineFailure): CommandFailure {
  const initramfs = stage === "initramfs";
  const place = mode === "initramfs-shell" ? "the initramfs's shell" : `${mode} mode`;
  const where = initramfs && mode !== "initramfs-shell" ? " in the initramfs" : "";
  const cause = new SnapvmError(
    "guest-failed",
    `Cannot work in ${name}: its guest went into ${printable(place)}${where}`,
    { data: { mode, initramfs, stage } },
  );
  return withLines(cause, console);
}

function ended(name: string, status: MachineStatus | undefined): CommandFailure {
  const reason = status?.end?.reason ?? "stopped";
  const how = reason === "panic" ? "its kernel panicked" : `it has ended (${printable(reason)})`;
  const cause = new SnapvmError("machine-ended", `Cannot work in ${name}: ${how}`, {
    data: { reason, stage: status?.stage ?? "running" },
  });
  return withLines(cause, status?.end?.console);
}

function agentLost(name: string): CommandFailure {
  const why = "its guest's agent cannot be reached any more";
  const cause = new SnapvmError("agent-lost", `Cannot work in ${name}: ${why}`, { data: { why } });
  return withLines(cause, undefined);
}

function withLines(cause: SnapvmError, lines: string | undefined): CommandFailure {
  const shown = lines?.trim() ?? "";
  const tail = shown === "" ? "" : `\nThe last lines on its console:\n${shown}`;
  return new CommandFailure(cause.message + tail, { status: ExitStatus.notStarted, cause });
}
