import assert from "node:assert/strict";
import { InvalidValue } from "../../../lib/commands/command_line/invalid_value.ts";
import { parsePort } from "../../../lib/commands/command_line/parse_port.ts";

Deno.test("parsePort() reads ports as docker and podman write them", async (t) => {
  const rows: [string, ReturnType<typeof parsePort>][] = [
    ["8080:80", { protocol: "tcp", address: "127.0.0.1", hostPort: 8080, guestPort: 80 }],
    ["8080:80/tcp", { protocol: "tcp", address: "127.0.0.1", hostPort: 8080, guestPort: 80 }],
    ["53:5353/udp", { protocol: "udp", address: "127.0.0.1", hostPort: 53, guestPort: 5353 }],
    ["0.0.0.0:1:65535", { protocol: "tcp", address: "0.0.0.0", hostPort: 1, guestPort: 65535 }],
    ["localhost:81:80", { protocol: "tcp", address: "127.0.0.1", hostPort: 81, guestPort: 80 }],
    ["0:80", { protocol: "tcp", address: "127.0.0.1", hostPort: 0, guestPort: 80 }],
    ["[::1]:81:80", { protocol: "tcp", address: "::1", hostPort: 81, guestPort: 80 }],
    ["[::]:81:80/udp", { protocol: "udp", address: "::", hostPort: 81, guestPort: 80 }],
  ];
  for (const [text, expected] of rows) {
    await t.step(text, () => assert.deepEqual(parsePort(text), expected));
  }
});

Deno.test("parsePort() refuses what is no port", async (t) => {
  const rows = [
    ["", "no ports"],
    ["80", "one port"],
    [":80", "no host port"],
    ["80:", "no guest port"],
    ["80:0", "the guest's port 0"],
    ["80:65536", "a port too large"],
    ["80:80/sctp", "another protocol"],
    ["a:b", "words"],
    ["1.2.3:80:80", "three numbers"],
    ["1.2.3.256:80:80", "a number too large"],
    ["::1:80:80", "IPv6 without brackets"],
    ["[::g]:80:80", "no IPv6 address"],
    ["example.com:80:80", "a name"],
    ["-1:80", "a negative number"],
  ] as const;
  for (const [text, name] of rows) {
    await t.step(name, () => assert.throws(() => parsePort(text), InvalidValue));
  }
});
