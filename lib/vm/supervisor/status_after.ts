import type { GuestEvent } from "../../guest/mod.ts";
import type { MachineStage, MachineStatus } from "../../machines/mod.ts";

/** How much a guest can make its status grow: names, addresses and problems, and the characters of each. */
const MAX_ENTRIES = 100;
const MAX_LENGTH = 256;

const STAGES: readonly MachineStage[] = ["kernel", "initramfs", "userspace", "ready"];

/** Whether a guest comes to a stage after another. */
export function isLater(stage: MachineStage, other: MachineStage): boolean {
  return STAGES.indexOf(stage) > STAGES.indexOf(other);
}

/**
 * What changes in a machine's status by an event in its guest.
 *
 * @param event The event.
 * @param status The status before.
 * @param lastLines Gives the last lines on the console.
 * @returns The changes; `undefined` if there are none.
 */
export function statusAfter(
  event: GuestEvent,
  { stage, targets, problems }: MachineStatus,
  lastLines: () => string,
): Partial<MachineStatus> | undefined {
  switch (event.kind) {
    case "stage":
      return { stage: event.name };
    case "target":
      return { targets: grown(targets, event.name) };
    case "failure":
      return { failure: { mode: event.mode, stage, console: lastLines() } };
    case "addresses":
      return { addresses: event.addresses.slice(0, MAX_ENTRIES).map(short) };
    case "problem":
      return { problems: grown(problems, event.text) };
  }
}

function grown(list: readonly string[], entry: string): readonly string[] {
  const text = short(entry);
  return list.length >= MAX_ENTRIES || list.includes(text) ? list : [...list, text];
}

function short(text: string): string {
  return text.slice(0, MAX_LENGTH);
}
