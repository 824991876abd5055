import { InvalidValue } from "./invalid_value.ts";

/** A port of the host that leads to one of the guest, as `--publish` names them. */
export interface PortWord {
  /** The protocol. */
  readonly protocol: "tcp" | "udp";
  /** The host's address. */
  readonly address: string;
  /** The host's port; 0 is any that is free. */
  readonly hostPort: number;
  /** The guest's port. */
  readonly guestPort: number;
}

/** Reached from this machine only, unless somebody asks for more. */
const LOOPBACK = "127.0.0.1";

const FORM = "It is HOST:GUEST or ADDRESS:HOST:GUEST, with /udp behind it for UDP; " +
  "an IPv6 address is in brackets.";

/** Parses `[ADDRESS:]HOST:GUEST[/tcp|/udp]`, as docker and podman have it. */
export function parsePort(text: string): PortWord {
  const match = /^(?:(\[[0-9A-Fa-f:.]+\]|[^:[\]/]+):)?(\d+):(\d+)(?:\/(tcp|udp))?$/.exec(text);
  if (match === null) throw new InvalidValue(text, FORM);
  const [, address = LOOPBACK, host, guest, protocol = "tcp"] = match;
  return {
    protocol: protocol as PortWord["protocol"],
    address: parseAddress(text, address),
    hostPort: parseNumber(text, host!, 0),
    guestPort: parseNumber(text, guest!, 1),
  };
}

function parseAddress(text: string, address: string): string {
  if (address.startsWith("[")) {
    const inner = address.slice(1, -1);
    if (URL.canParse(`http://[${inner}]/`)) return inner;
  } else if (address === "localhost") {
    return LOOPBACK;
  } else if (
    /^\d+(\.\d+){3}$/.test(address) && address.split(".").every((part) => Number(part) < 256)
  ) {
    return address;
  }
  throw new InvalidValue(text, "The address is one of this machine's, as a number: 0.0.0.0, [::].");
}

function parseNumber(text: string, digits: string, least: number): number {
  const port = Number(digits);
  if (port >= least && port <= 65535) return port;
  throw new InvalidValue(text, "A port is a number from 1 to 65535, or 0 for any of the host's.");
}
