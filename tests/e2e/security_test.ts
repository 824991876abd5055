import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { demo } from "./support/demo.ts";
import { listeningSockets } from "./support/listening_sockets.ts";
import { TestMachine } from "./support/machine.ts";
import { test } from "./support/test.ts";

const SECRET = crypto.randomUUID();

/** What a guest can read that comes from outside it. */
const SEEN = `
cat /proc/cmdline /proc/1/environ
env
cat /proc/mounts
cat /sys/class/dmi/id/* 2>/dev/null
cat /sys/class/virtio-ports/*/name
cat /sys/block/*/serial
`;

/** Waits for the network, and sends what the host says on one of its ports to standard output. */
const reach = (port: number) => `
tries=100
until ip -4 address show dev eth0 | grep -q inet || [ $tries = 0 ]; do
  tries=$((tries - 1)); sleep 0.2
done
nc 10.0.2.2 ${port} </dev/null
`;

test("a machine is its owner's alone, and a guest sees nothing of the host", async ({ backend }) => {
  const env = { SNAPVM_TEST_SECRET: SECRET };
  await using machine = await TestMachine.start(backend, demo, { env });
  const { status } = await machine.untilReady();

  // Other users of the host.
  const runtime = await Deno.readLink(join(machine.folder, "runtime"));
  assert.equal(await modeOf(join(machine.home, "machines")), 0o700);
  assert.equal(await modeOf(machine.folder), 0o700);
  assert.equal(await modeOf(runtime), 0o700);
  assert.equal(await modeOf(join(runtime, "control")), 0o600);
  const processes = [{ pid: status!.pid }, ...await machine.processes()];
  assert.ok(processes.length > 1);
  for (const { pid } of processes) assert.deepEqual(await listeningSockets(pid), []);

  // The guest.
  const hidden = [SECRET, machine.home, Deno.cwd()];
  const seen = await machine.exec(["sh", "-c", SEEN], { env });
  assert.match(seen.stdout, /^snapvm\.agent$/m);
  for (const word of [...hidden, Deno.hostname()]) {
    // A name as short as `vm` is in other words, too.
    assert.doesNotMatch(seen.stdout, new RegExp(`(?<![\\w-])${RegExp.escape(word)}(?![\\w-])`));
  }
  const initramfs = Buffer.from(await Deno.readFile(join(machine.folder, "initramfs")));
  assert.deepEqual(hidden.filter((word) => initramfs.includes(word)), []);

  if (backend.name !== "qemu") return;
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answered = listener.accept().then(async (conn) => {
    await conn.write(new TextEncoder().encode("the host's loopback\n"));
    conn.close();
  });
  const { port } = listener.addr as Deno.NetAddr;
  const reached = await machine.exec(["sh", "-c", reach(port)]);
  assert.equal(reached.stdout, "the host's loopback\n", reached.stderr);
  await answered;
});

async function modeOf(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}
