import { readLines } from "../host/mod.ts";
import type { GuestEnd, GuestFailure, GuestStage } from "./attach_guest.ts";

/** More than the longest line that our scripts write; a longer one is not theirs. */
const MAX_LINE_LENGTH = 256;

const STAGES: readonly string[] = ["initramfs", "userspace", "ready", "command"];
const FAILURES: readonly string[] = ["emergency", "rescue", "initramfs-shell"];

/**
 * Reads the control port: a line is `STAGE`, `STAGE THEN NOW` for a stage that was reached before it could be told
 * (two readings of the guest's `/proc/uptime`, in seconds), or `failure MODE`. Other lines are ignored: anything that
 * runs in the guest as root can write to the port.
 */
export async function readControl(
  source: ReadableStream<Uint8Array<ArrayBuffer>>,
  onStage: (stage: GuestStage, time: number) => void = () => {},
): Promise<GuestEnd> {
  const reached = new Set<string>();
  try {
    for await (const line of readLines(source, MAX_LINE_LENGTH)) {
      const [word = "", then, now] = line.split(" ");
      if (word === "failure" && FAILURES.includes(then ?? "")) {
        return {
          reason: "failed",
          mode: then as GuestFailure,
          initramfs: !reached.has("userspace"),
        };
      }
      if (!STAGES.includes(word) || reached.has(word)) continue;
      reached.add(word);
      const ago = Number(now ?? 0) - Number(then ?? 0);
      onStage(word as GuestStage, performance.now() - (ago > 0 ? ago * 1000 : 0));
    }
  } catch {
    // The machine is gone; its own end says why.
  }
  return { reason: "disconnected" };
}
