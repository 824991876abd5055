import assert from "node:assert/strict";
import type { GuestConnection } from "../../../lib/vm/ports/guest_connection.ts";
import { PortListeners } from "../../../lib/vm/ports/port_listeners.ts";
import { writeAll } from "../../../lib/host/mod.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const LOOPBACK = { address: "127.0.0.1", hostPort: 0 };

/** A service of the host, in place of one in the guest. */
function connectTo(service: Deno.TcpListener): (address: string) => GuestConnection {
  return (address) => {
    const connecting = address.startsWith("tcp:127.0.0.1:")
      ? Deno.connect({ port: service.addr.port })
      : Promise.reject(new Deno.errors.ConnectionRefused("connection refused"));
    connecting.catch(() => {});
    return {
      opened: connecting,
      readable: new ReadableStream<Bytes>({
        pull: async (controller) => {
          const buffer = new Uint8Array(10_000);
          const length = await (await connecting).read(buffer);
          if (length === null) controller.close();
          else controller.enqueue(buffer.slice(0, length));
        },
      }),
      writable: new WritableStream<Bytes>({
        write: async (bytes) => await writeAll(await connecting, bytes),
        close: async () => await (await connecting).closeWrite(),
      }),
      close: () =>
        connecting.then((conn) => {
          try {
            conn.close();
          } catch {
            // It was closed before.
          }
        }, () => {}),
    };
  };
}

async function readAll(conn: Deno.Conn): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for (const buffer = new Uint8Array(100_000);;) {
    const length = await conn.read(buffer);
    if (length === null) return text;
    text += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
}

Deno.test("PortListeners takes all ports or none, and says which one cannot be had", async (t) => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using _taken = taken;
  const port = taken.addr.port;
  const rows = [
    {
      name: "another program has it",
      port: { protocol: "tcp", ...LOOPBACK, hostPort: port, guestPort: 80 },
      message: `Cannot listen on 127.0.0.1:${port}/tcp: another program has it`,
      inUse: true,
    },
    {
      name: "an address of another host",
      port: { protocol: "tcp", address: "192.0.2.1", hostPort: 0, guestPort: 80 },
      message: "Cannot listen on 192.0.2.1:0/tcp: this host does not have the address",
      inUse: false,
    },
    {
      name: "udp",
      port: { protocol: "udp", address: "192.0.2.1", hostPort: 0, guestPort: 80 },
      message: "Cannot listen on 192.0.2.1:0/udp: this host does not have the address",
      inUse: false,
    },
  ] as const;
  for (const { name, port, message, inUse } of rows) {
    await t.step(name, async () => {
      const other = { protocol: "tcp", ...LOOPBACK, guestPort: 1 } as const;
      await assert.rejects(PortListeners.open([other, port]), {
        code: "port-taken",
        message,
        data: { protocol: port.protocol, address: port.address, port: port.hostPort, inUse },
      });
    });
  }
});

Deno.test("PortListeners forwards many connections, each half of which ends by itself", async () => {
  const service = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const serving = (async () => {
    for await (const conn of service) {
      // It answers when it has heard everything.
      void readAll(conn).then(async (text) => {
        await writeAll(conn, new TextEncoder().encode(text.toUpperCase()));
        conn.close();
      });
    }
  })();
  const ports = await PortListeners.open([{ protocol: "tcp", ...LOOPBACK, guestPort: 7 }]);
  const problems: string[] = [];
  ports.serve(connectTo(service), (problem) => problems.push(problem));
  const port = ports.ports[0]!.hostPort;
  assert.notEqual(port, 0);
  const answers = await Promise.all(Array.from({ length: 100 }, async (_, index) => {
    using conn = await Deno.connect({ port });
    const text = `${index} `.repeat(index * 100);
    await writeAll(conn, new TextEncoder().encode(text));
    await conn.closeWrite();
    assert.equal(await readAll(conn), text);
  }));
  assert.equal(answers.length, 100);
  ports[Symbol.dispose]();
  service.close();
  await serving;
  assert.deepEqual(problems, []);
  await assert.rejects(Deno.connect({ port }), Deno.errors.ConnectionRefused);
});

Deno.test("PortListeners ends a connection that the guest refuses, resets or that is left", async () => {
  const service = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const ports = await PortListeners.open([{ protocol: "tcp", ...LOOPBACK, guestPort: 7 }]);
  const connect = connectTo(service);
  let isRefused = true;
  ports.serve((address) => connect(isRefused ? "tcp:[::1]:7" : address), () => {});
  const port = ports.ports[0]!.hostPort;
  using refused = await Deno.connect({ port });
  assert.equal(await refused.read(new Uint8Array(1)), null);
  isRefused = false;

  const accepting = service.accept();
  const left = await Deno.connect({ port });
  using guest = await accepting;
  await left.write(new Uint8Array(1));
  assert.equal(await guest.read(new Uint8Array(1)), 1);
  left.close();
  assert.equal(await guest.read(new Uint8Array(1)), null);

  const acceptingAgain = service.accept();
  using open = await Deno.connect({ port });
  using _guest = await acceptingAgain;
  ports[Symbol.dispose]();
  assert.equal(await open.read(new Uint8Array(1)).catch(() => null), null);
  service.close();
});
