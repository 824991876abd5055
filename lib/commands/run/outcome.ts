import type { GuestEnd } from "../../guest/mod.ts";
import type { MachineEnd } from "../../vm/mod.ts";
import { CommandFailure, ExitStatus, formatDuration } from "../../ui/mod.ts";
import type { ConsoleLog } from "./console_log.ts";

type GuestFailed = Extract<GuestEnd, { reason: "failed" }>;

/** How a run came to its end before the command in the guest did, or without one. */
export type Outcome =
  | { readonly kind: "machine"; readonly end: MachineEnd }
  | { readonly kind: "guest"; readonly end: GuestFailed }
  | { readonly kind: "timeout"; readonly limit: number };

/** The failure that an outcome is, in words and with the last lines of the guest's console. */
export function describeOutcome(outcome: Outcome, doing: string, log: ConsoleLog): CommandFailure {
  const tail = log.tail();
  const context = tail === "" ? "" : `\nThe last lines on its console:\n${tail}`;
  return new CommandFailure(`${sentence(outcome, doing)}${context}`, {
    status: outcome.kind === "timeout" ? ExitStatus.timeout : ExitStatus.failure,
    ...adviceFor(outcome),
  });
}

function sentence(outcome: Outcome, doing: string): string {
  switch (outcome.kind) {
    case "timeout":
      return `Cannot finish in ${formatDuration(outcome.limit)}: the guest was still ${doing}`;
    case "guest":
      return `Cannot run the command: the guest went into ${modeOf(outcome.end)}`;
    case "machine":
      switch (outcome.end.reason) {
        case "panic":
          return `The guest's kernel panicked while ${doing}`;
        case "power-off":
          return `The guest powered itself off while ${doing}`;
        case "reset":
          return `The guest restarted while ${doing}`;
        case "stopped":
          return `The guest was stopped while ${doing}`;
        case "hypervisor-failed":
          return `The hypervisor ended while the guest was ${doing}: ${outcome.end.detail}`;
      }
  }
}

function modeOf({ mode, initramfs }: GuestFailed): string {
  const name = mode === "initramfs-shell" ? "the initramfs's shell" : `${mode} mode`;
  return initramfs && mode !== "initramfs-shell" ? `${name} in the initramfs` : name;
}

function adviceFor(outcome: Outcome): { advice?: string } {
  switch (outcome.kind) {
    case "timeout":
      return { advice: "Give it more time with --timeout, or look on with --console-log FILE." };
    case "guest":
      return { advice: "Run the image without a command to look around on its console." };
    case "machine":
      return {};
  }
}
