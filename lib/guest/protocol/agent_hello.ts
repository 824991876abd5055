import { SnapvmError } from "../../error/mod.ts";
import { breach } from "./breach.ts";
import { fieldOf, type Fields } from "./fields.ts";

/** The version of the protocol that is spoken here. */
export const PROTOCOL = "1";

/** What the other side of a channel says of itself first. */
export interface AgentHello {
  /** What it is. */
  readonly kind: "snapvm-agent" | "snapvm-supervisor";
  /** Which sources the agent was built from; absent from a supervisor. */
  readonly build?: string | undefined;
  /** The agent's processor; absent from a supervisor. */
  readonly architecture?: string | undefined;
  /** How old the guest's kernel was when the agent began, in seconds; absent from a supervisor. */
  readonly uptime?: number | undefined;
}

/**
 * Reads the fields of a HELLO.
 *
 * @throws {SnapvmError} `agent-incompatible` if it speaks another version of the protocol, `agent-protocol` if it makes
 *   no sense.
 */
export function readHello(fields: Fields): AgentHello {
  const kind = fields[0]?.[0];
  if (kind !== "snapvm-agent" && kind !== "snapvm-supervisor") {
    throw breach("a greeting that is not an agent's");
  }
  const protocol = fieldOf(fields, "protocol");
  if (protocol === undefined) throw breach("a greeting without a protocol");
  if (protocol !== PROTOCOL) {
    throw new SnapvmError(
      "agent-incompatible",
      `Cannot talk to the guest's agent: it speaks protocol ${
        JSON.stringify(protocol.slice(0, 20))
      } and not ${PROTOCOL}`,
      { data: { protocol: protocol.slice(0, 20) } },
    );
  }
  const uptime = fieldOf(fields, "uptime");
  if (uptime !== undefined && !/^\d{1,12}(\.\d{1,9})?$/.test(uptime)) {
    throw breach("a greeting with an uptime that is no number");
  }
  return {
    kind,
    build: fieldOf(fields, "build"),
    architecture: fieldOf(fields, "architecture"),
    uptime: uptime === undefined ? undefined : Number(uptime),
  };
}
