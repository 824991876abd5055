import { breach } from "./breach.ts";
import { fieldOf, type Fields } from "./fields.ts";

/** A stage that a guest's agent tells of. */
export type AgentStage = "initramfs" | "userspace" | "ready";

/** The mode in which a guest gave up booting. */
export type GuestFailure = "emergency" | "rescue" | "initramfs-shell";

/** What happens in a guest. */
export type GuestEvent =
  /** A stage was reached, when the guest was `then` seconds old; it was `now` seconds old when it told. */
  | {
    readonly kind: "stage";
    readonly name: AgentStage;
    readonly then: number;
    readonly now: number;
  }
  /** systemd reached a target. */
  | { readonly kind: "target"; readonly name: string }
  /** The guest waits for somebody at its console. */
  | { readonly kind: "failure"; readonly mode: GuestFailure }
  /** All addresses that the guest has now. */
  | { readonly kind: "addresses"; readonly addresses: readonly string[] }
  /** Something that the agent should have done could not be done: a sentence. */
  | { readonly kind: "problem"; readonly text: string };

const STAGES: readonly string[] = ["initramfs", "userspace", "ready"];
const MODES: readonly string[] = ["emergency", "rescue", "initramfs-shell"];

/**
 * Reads the fields of an EVENT.
 *
 * @returns The event; `undefined` for one that a later version may know.
 * @throws {SnapvmError} `agent-protocol` if it makes no sense.
 */
export function readEvent(fields: Fields): GuestEvent | undefined {
  const kind = fields[0]?.[0];
  switch (kind) {
    case "stage": {
      const name = fieldOf(fields, "name") ?? "";
      if (!STAGES.includes(name)) throw breach("an unknown stage");
      return {
        kind,
        name: name as AgentStage,
        then: seconds(fieldOf(fields, "then")),
        now: seconds(fieldOf(fields, "now")),
      };
    }
    case "target":
      return { kind, name: fieldOf(fields, "name") ?? "" };
    case "failure": {
      const mode = fieldOf(fields, "mode") ?? "";
      if (!MODES.includes(mode)) throw breach("an unknown failure");
      return { kind, mode: mode as GuestFailure };
    }
    case "addresses":
      return {
        kind,
        addresses: fields.filter(([name]) => name === "address").map(([, value]) => value ?? ""),
      };
    case "problem":
      return { kind, text: fieldOf(fields, "text") ?? "" };
  }
  return undefined;
}

function seconds(text = ""): number {
  if (!/^\d{1,12}(\.\d{1,9})?$/.test(text)) throw breach("a time that is no number");
  return Number(text);
}
