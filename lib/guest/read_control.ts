import { readLines } from "../host/mod.ts";
import type { GuestEnd, GuestFailure, GuestStage } from "./guest_session.ts";

/** The scripts in the guest write shorter lines; a longer one is not theirs. */
const MAX_LINE_LENGTH = 256;

const STAGES: readonly string[] = ["initramfs", "userspace", "ready", "command"];
const FAILURES: readonly string[] = ["emergency", "rescue", "initramfs-shell"];

/**
 * Reads the control port. A line is `STAGE`, or `STAGE THEN NOW` for a stage that the guest reached before it could
 * report it (two readings of its `/proc/uptime`, in seconds), or `failure MODE`. Other lines are ignored, because
 * anything that runs in the guest as root can write to the port.
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
    // The machine is gone, and its own end says why.
  }
  return { reason: "disconnected" };
}
