/** A way to a server, on a port of its own. */
export interface Relay extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** How many connections there were. */
  connections: number;
  /** What the clients of a proxy wanted: `CONNECT host:port`, `GET http://host/path`. */
  readonly wanted: string[];
}

/**
 * Starts a relay for TCP.
 *
 * @param host Where the connections go.
 * @param limit How many bytes of the server's come through on a connection before it is cut.
 */
export function startRelay(host: string, limit: (connection: number) => number): Relay {
  return start(async (client, count) => {
    const server = await connect(host);
    await exchange(client, server, limit(count));
  });
}

/** Starts a proxy for HTTP, and for HTTPS with CONNECT (RFC 9110, 9.3.6). */
export function startProxy(): Relay {
  const relay = start(async (client) => {
    const head = await readHead(client);
    const [, method = "", target = "", rest = ""] = /^(\S+) (\S+)(.*)$/s.exec(head) ?? [];
    relay.wanted.push(`${method} ${target}`);
    if (method === "CONNECT") {
      const server = await connect(target);
      await client.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
      return await exchange(client, server, Infinity);
    }
    const { host, pathname } = new URL(target);
    const server = await connect(host);
    const plain = rest.replace("\r\n", "\r\nconnection: close\r\n");
    await server.write(new TextEncoder().encode(`${method} ${pathname}${plain}`));
    await exchange(client, server, Infinity);
  });
  return relay;
}

function start(serve: (client: Deno.TcpConn, count: number) => Promise<void>): Relay {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Promise<void>>();
  const clients = new Set<Deno.TcpConn>();
  const relay: Relay = {
    host: `127.0.0.1:${listener.addr.port}`,
    connections: 0,
    wanted: [],
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const client of clients) close(client);
      await Promise.all(open);
    },
  };
  const accepting = (async () => {
    for await (const client of listener) {
      clients.add(client);
      const serving = serve(client, relay.connections++).catch(() => {}).finally(() => {
        close(client);
        clients.delete(client);
        open.delete(serving);
      });
      open.add(serving);
    }
  })();
  return relay;
}

async function connect(host: string): Promise<Deno.TcpConn> {
  const { hostname, port } = new URL(`http://${host}`);
  return await Deno.connect({ hostname, port: Number(port) });
}

/** Carries bytes both ways, until one side ends or the server has sent so many. */
async function exchange(client: Deno.TcpConn, server: Deno.TcpConn, limit: number): Promise<void> {
  const up = carry(client, server, Infinity);
  const down = carry(server, client, limit);
  await Promise.race([up, down]);
  close(client);
  close(server);
  await Promise.all([up, down]);
}

async function carry(from: Deno.TcpConn, to: Deno.TcpConn, limit: number): Promise<void> {
  const buffer = new Uint8Array(16_384);
  try {
    for (let left = limit; left > 0;) {
      const size = await from.read(buffer.subarray(0, Math.min(left, buffer.length)));
      if (size === null) return;
      left -= size;
      for (let at = 0; at < size;) at += await to.write(buffer.subarray(at, size));
    }
  } catch {
    // The other side has been closed.
  }
}

async function readHead(client: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(1);
  let head = "";
  while (!head.endsWith("\r\n\r\n") && await client.read(buffer) !== null) {
    head += String.fromCharCode(...buffer);
  }
  return head;
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
