import assert from "node:assert/strict";
import { join } from "node:path";
import { closeIfOpen, SocketSet } from "../../../lib/host/mod.ts";
import { temporaryFolder } from "../../vm/support/temporary_folder.ts";

const connect = (path: string) => Deno.connect({ transport: "unix", path });

/** What comes from a connection until its end, as text. */
async function readAll(connection: Deno.Conn): Promise<string> {
  return await new Response(connection.readable).text();
}

Deno.test("SocketSet.accept() gives the connections in the order of the paths", async () => {
  await using folder = await temporaryFolder();
  const paths = ["a", "b", "c"].map((name) => join(folder.path, name));
  using set = new SocketSet(paths);
  for (const path of [...paths].reverse()) {
    using client = await connect(path);
    await client.write(new TextEncoder().encode(path));
  }
  const connections = await set.accept();
  set.release();
  assert.deepEqual(await Promise.all(connections.map(readAll)), paths);
});

Deno.test("SocketSet takes one connection for each path", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "socket");
  using set = new SocketSet([path]);
  using _client = await connect(path);
  await set.accept();
  await assert.rejects(connect(path), Deno.errors.NotFound);
});

Deno.test("SocketSet closes what was not handed over", async () => {
  await using folder = await temporaryFolder();
  const paths = ["a", "b"].map((name) => join(folder.path, name));
  let client: Deno.Conn;
  let accepting: Promise<readonly Deno.Conn[]>;
  {
    using set = new SocketSet(paths);
    accepting = set.accept();
    client = await connect(paths[0]!);
    await client.write(new TextEncoder().encode("hello"));
  }
  await assert.rejects(accepting);
  // It was accepted or not when the set was disposed of: in both cases the other end is closed.
  await readAll(client).catch(() => {});
  closeIfOpen(client);
  await assert.rejects(connect(paths[1]!), Deno.errors.NotFound);
});

Deno.test("SocketSet closes a connection that comes at the moment of its end", async () => {
  await using folder = await temporaryFolder();
  for (let turn = 0; turn < 50; turn++) {
    const path = join(folder.path, `${turn}`);
    const set = new SocketSet([path]);
    using client = await connect(path);
    for (let wait = 0; wait < turn % 5; wait++) await Promise.resolve();
    set[Symbol.dispose]();
    assert.equal(await client.read(new Uint8Array(1)).catch(() => null), null);
  }
});

Deno.test("SocketSet leaves nothing open if one of its sockets cannot be made", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "socket");
  assert.throws(() => new SocketSet([path, join(folder.path, "no", "such", "folder")]));
  await assert.rejects(connect(path), Deno.errors.NotFound);
});
