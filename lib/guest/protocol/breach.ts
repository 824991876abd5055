import { SnapvmError } from "../../error/mod.ts";

/**
 * The failure that it is if the other side of a channel breaks the protocol.
 *
 * @param what What it did, the end of "the guest's agent sent …".
 * @param stream The number of the stream that it happened in, if it was in one.
 * @returns The error, `agent-protocol`.
 */
export function breach(what: string, stream = 0): SnapvmError<"agent-protocol"> {
  const where = stream === 0 ? "" : ` in stream ${stream}`;
  return new SnapvmError(
    "agent-protocol",
    `Cannot talk to the guest's agent: it sent ${what}${where}`,
    { data: { what, stream } },
  );
}
