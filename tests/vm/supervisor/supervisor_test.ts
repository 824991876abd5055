import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeFields, encodeFrame, FrameType, startCommand } from "../../../lib/guest/mod.ts";
import { tryLockFolder } from "../../../lib/host/mod.ts";
import {
  connectMachine,
  findMachine,
  listMachines,
  type MachineClient,
  MachineFolder,
  type MachineStatus,
  reachMachine,
} from "../../../lib/machines/mod.ts";
import { PortListeners } from "../../../lib/vm/ports/port_listeners.ts";
import { Supervisor, type SupervisorOptions } from "../../../lib/vm/supervisor/supervisor.ts";
import { recordOf } from "../../machines/support/records.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { FakeClock } from "./support/fake_clock.ts";
import { FakeMachine } from "./support/fake_machine.ts";

type Bytes = Uint8Array<ArrayBuffer>;

interface Supervised extends AsyncDisposable {
  readonly home: string;
  readonly folder: MachineFolder;
  readonly machine: FakeMachine;
  readonly supervisor: Supervisor;
  connect(): Promise<MachineClient>;
}

/** A machine named dev that is supervised in this process. Most hypervisors tell who has the agent's port open. */
async function supervised(
  { tellsPorts = true, ...options }: Partial<SupervisorOptions> & { tellsPorts?: boolean } = {},
): Promise<Supervised> {
  await using resources = new AsyncDisposableStack();
  const home = resources.use(await temporaryFolder()).path;
  const folder = resources.use(await MachineFolder.create(home, { name: "dev" }));
  folder.writeRecord(recordOf("dev", { kept: false }));
  const machine = new FakeMachine();
  if (!tellsPorts) Reflect.deleteProperty(machine, "onPort");
  const supervisor = resources.use(
    await Supervisor.begin({ folder, machine, agentPort: "snapvm.agent", ...options }),
  );
  const kept = resources.move();
  return {
    home,
    folder,
    machine,
    supervisor,
    connect: async () => await connectMachine(await findMachine(home, "dev")),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Runs `echo` in the guest. */
async function echo(client: MachineClient, text: string): Promise<string> {
  const command = startCommand(client.connection, { arguments: ["echo"] });
  void command.stderr.cancel();
  const output = new Response(command.stdout).text();
  const writer = command.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  assert.deepEqual(await command.exit, { status: 0 });
  return await output;
}

Deno.test("a supervisor's status follows the guest, in its folder and for its clients", async () => {
  await using one = await supervised();
  const { machine, home, folder } = one;
  await using client = await one.connect();
  const seen: MachineStatus[] = [];
  const following = (async () => {
    for await (const status of client.followStatus()) seen.push(status);
  })();
  const until = async (is: (status: MachineStatus) => boolean) => {
    while (!seen.some(is)) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  assert.equal((await client.status()).stage, "kernel");
  await machine.greet();
  await machine.tell(["stage"], ["name", "initramfs"], ["then", "1"], ["now", "1.5"]);
  await machine.tell(["target"], ["name", "multi-user.target"]);
  await machine.tell(["addresses"], ["address", "10.0.2.15"], ["address", "fe80::1"]);
  await machine.tell(["problem"], ["text", "the time zone is unknown"]);
  await machine.tell(["stage"], ["name", "ready"], ["then", "2"], ["now", "2"]);
  await until(({ stage, agent }) => stage === "ready" && agent);
  const status = await client.status();
  assert.deepEqual({ ...status, started: "", pid: 0 }, {
    version: 1,
    state: "running",
    pid: 0,
    started: "",
    acceleration: "none",
    stage: "ready",
    agent: true,
    targets: ["multi-user.target"],
    addresses: ["10.0.2.15", "fe80::1"],
    ports: [],
    problems: ["the time zone is unknown"],
  });
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.deepEqual((await findMachine(home, "dev")).status, status);
  await machine.show("one\r\n\x1b[1mtwo\x1b[0m\r\n");
  await machine.tell(["failure"], ["mode", "emergency"]);
  await until(({ failure }) => failure !== undefined);
  assert.deepEqual((await client.status()).failure, {
    mode: "emergency",
    stage: "ready",
    console: "one\ntwo",
  });
  machine.end({ reason: "panic" });
  await following;
  const { state, end } = seen.at(-1)!;
  assert.deepEqual([state, end?.reason, end?.console], ["stopped", "panic", "one\ntwo"]);
  assert.deepEqual(
    JSON.parse(await Deno.readTextFile(join(folder.path, "status.json"))),
    seen.at(-1),
  );
});

Deno.test("a supervisor relays any number of commands of any number of clients", async () => {
  await using one = await supervised();
  const clients = await Promise.all(Array.from({ length: 8 }, () => one.connect()));
  // Those that come before the agent has answered wait.
  const early = clients.map((client, index) => echo(client, `early ${index}`));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(one.machine.opened.size, 0);
  await one.machine.greet();
  assert.deepEqual(await Promise.all(early), clients.map((_, index) => `early ${index}`));
  const texts = Array.from({ length: 64 }, (_, index) => `${index} `.repeat(50_000));
  const answers = await Promise.all(
    texts.map((text, index) => echo(clients[index % clients.length]!, text)),
  );
  assert.deepEqual(answers, texts);
  for (const client of clients) await client[Symbol.asyncDispose]();
});

Deno.test("a client that stalls, dies or breaks the protocol disturbs nobody", async () => {
  await using one = await supervised();
  await one.machine.greet();
  await using steady = await one.connect();
  // It reads nothing of what it asks for: the guest waits for it, and nobody else.
  const stalled = await one.connect();
  startCommand(stalled.connection, { arguments: ["flood"] });
  const socket = join(await Deno.readLink(join(one.folder.path, "runtime")), "control");
  assert.equal((await Deno.stat(socket)).mode! & 0o777, 0o600);
  for (
    const bytes of [
      new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"),
      encodeFrame({ stream: 1, type: FrameType.open, channel: 0, payload: new Uint8Array(1) }),
      new Uint8Array(100_000).fill(255),
    ]
  ) {
    const conn = await Deno.connect({ transport: "unix", path: socket });
    await conn.write(bytes);
    // It is greeted, and then cut off.
    const buffer = new Uint8Array(1000);
    try {
      while (await conn.read(buffer) !== null);
    } catch (error) {
      assert.ok(error instanceof Deno.errors.ConnectionReset);
    }
    conn.close();
  }
  assert.equal(await echo(steady, "still here"), "still here");
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(one.machine.flooded > 0 && one.machine.flooded < 4 * 2 ** 20);
  await stalled[Symbol.asyncDispose]();
  while (one.machine.givenUp.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(await echo(steady, "and here"), "and here");
});

Deno.test("a client that grants much and reads nothing is sent little", async () => {
  await using one = await supervised();
  await one.machine.greet();
  await using steady = await one.connect();
  const socket = join(await Deno.readLink(join(one.folder.path, "runtime")), "control");
  using conn = await Deno.connect({ transport: "unix", path: socket });
  const send = async (stream: number, type: number, channel: number, payload: Bytes) => {
    await conn.write(encodeFrame({ stream, type, channel, payload }));
  };
  await send(0, FrameType.hello, 0, encodeFields([["snapvm-host"], ["protocol", "1"]]));
  await send(1, FrameType.open, 0, encodeFields([["command"], ["argument", "flood"]]));
  const credit = new Uint8Array(4);
  new DataView(credit.buffer).setUint32(0, 2 ** 30, true);
  await send(1, FrameType.credit, 1, credit);
  for (let before = -1; one.machine.flooded !== before;) {
    before = one.machine.flooded;
    assert.equal(await echo(steady, "still here"), "still here");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(one.machine.flooded > 2 ** 20 && one.machine.flooded < 3 * 2 ** 20);
  // What it takes makes room for more.
  const before = one.machine.flooded;
  const buffer = new Uint8Array(100_000);
  for (let read = 0; read < 4 * 2 ** 20;) read += (await conn.read(buffer))!;
  while (one.machine.flooded < before + 2 * 2 ** 20) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});

Deno.test("a supervisor answers while its guest stands still, and goes on with it", async () => {
  await using one = await supervised();
  const { promise, resolve } = Promise.withResolvers<void>();
  await one.machine.greet();
  await using busy = await one.connect();
  await using other = await one.connect();
  one.machine.gate = promise;
  const texts = Array.from({ length: 16 }, (_, index) => `${index} `.repeat(100_000));
  const waiting = texts.map((text) => echo(busy, text));
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal((await other.status()).state, "running");
  await one.machine.show("a message");
  await using console = other.console({ replay: 100 });
  const reader = console.readable.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "a message");
  await reader.cancel();
  resolve();
  assert.deepEqual(await Promise.all(waiting), texts);
});

Deno.test("a supervisor shows the console to any number of watchers, who can type", async () => {
  await using one = await supervised();
  await one.machine.show("before ");
  await using client = await one.connect();
  await using other = await one.connect();
  const first = client.console({ replay: 4, input: true });
  const reader = first.readable.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "ore ");
  const second = other.console({ replay: 1000 });
  const writer = first.writable.getWriter();
  await writer.write(new TextEncoder().encode("ls\r"));
  while (one.machine.typed !== "ls\r") await new Promise((resolve) => setTimeout(resolve, 5));
  const text = new Response(second.readable).text();
  await one.machine.show("after");
  assert.equal(new TextDecoder().decode((await reader.read()).value), "after");
  await reader.cancel();
  await first[Symbol.asyncDispose]();
  await one.machine.show("!");
  one.machine.end({ reason: "power-off" });
  assert.equal(await text, "before after!");
});

Deno.test("a machine is asked to stop, and then made to", async (t) => {
  await t.step("it obeys", async () => {
    await using one = await supervised();
    await one.machine.greet();
    await using client = await one.connect();
    assert.equal(await client.stop(60_000), "power-off");
    assert.equal((await listMachines(one.home))[0]?.status?.end?.reason, "power-off");
  });
  await t.step("it does not", async () => {
    await using one = await supervised();
    one.machine.isObedient = false;
    await one.machine.greet();
    await using client = await one.connect();
    await using impatient = await one.connect();
    const patient = client.stop(60_000);
    while ((await impatient.status()).state !== "stopping");
    assert.equal(await impatient.stop(10), "stopped");
    assert.equal(await patient, "stopped");
  });
  await t.step("it hears only later", async () => {
    const clock = new FakeClock(0);
    await using one = await supervised({ clock });
    one.machine.isObedient = false;
    await one.machine.greet();
    await using client = await one.connect();
    const stopped = client.stop(60_000);
    const powers = () =>
      one.machine.opened.values().filter(([kind]) => kind?.[0] === "power").toArray().length;
    while (powers() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    one.machine.isObedient = true;
    await new Promise((resolve) => setTimeout(resolve, 20));
    clock.run(5000);
    assert.equal(await stopped, "power-off");
    assert.equal(powers(), 2);
  });
  await t.step("nobody is there to ask", async () => {
    await using one = await supervised({ agentPort: undefined });
    await using client = await one.connect();
    assert.equal(await client.stop(60_000), "stopped");
  });
  await t.step("it is killed while it boots", async () => {
    await using one = await supervised();
    await using client = await one.connect();
    const waiting = startCommand(client.connection, { arguments: ["echo"] });
    assert.equal(await client.kill(), "stopped");
    await assert.rejects(waiting.started, {
      code: "agent-lost",
      message: "Cannot reach the guest's agent any more: the connection to it has ended",
    });
  });
});

Deno.test("a guest's clock is set when its agent answers, and follows when the host's has jumped", async () => {
  const clock = new FakeClock(1_700_000_000_000);
  await using one = await supervised({ clock });
  const { machine } = one;
  const set = async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return [...machine.opened.values()].filter(([kind]) => kind?.[0] === "clock")
      .map(([, ...fields]) => fields.map((field) => field.join("=")).join(" "));
  };
  clock.run(60_000);
  assert.deepEqual(await set(), []);
  await machine.greet();
  const expected = ["time=1700000060.000"];
  assert.deepEqual(await set(), expected);
  // What it takes to set one, and NTP's small steps, are nothing to follow.
  clock.run(600_000);
  clock.jump(900);
  clock.run(600_000);
  assert.deepEqual(await set(), expected);
  // Small steps add up.
  clock.jump(200);
  clock.run(5000);
  expected.push("time=1700001266.100 beyond=1");
  assert.deepEqual(await set(), expected);
  // Back, as far as people can go.
  clock.jump(-3_600_000);
  clock.run(60_000);
  expected.push("time=1699997671.100 beyond=1");
  assert.deepEqual(await set(), expected);
  // The host sleeps for a night: only the clock that people set goes on.
  clock.jump(8 * 3_600_000);
  clock.run(60_000);
  expected.push("time=1700026531.100 beyond=1");
  assert.deepEqual(await set(), expected);
  // The host stands still for a minute, and both go on.
  clock.pause(60_000);
  clock.run(5000);
  expected.push("time=1700026646.100 beyond=1");
  assert.deepEqual(await set(), expected);
  await one.supervisor.kill();
  assert.equal(clock.isRunning, false);
});

Deno.test("a guest that stands still is not sent the time again and again", async () => {
  const clock = new FakeClock(1_700_000_000_000);
  await using one = await supervised({ clock });
  const { machine } = one;
  const { promise, resolve } = Promise.withResolvers<void>();
  machine.gate = promise;
  await machine.greet();
  for (let hour = 0; hour < 10; hour++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    clock.jump(3_600_000);
    clock.run(10_000);
  }
  resolve();
  await new Promise((resolve) => setTimeout(resolve, 20));
  clock.run(10_000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const times = [...machine.opened.values()].filter(([kind]) => kind?.[0] === "clock")
    .map((fields) => fields[1]?.[1]);
  // The first one was on its way.
  assert.deepEqual(times, ["1700000000.000", "1700036105.000"]);
});

Deno.test("a guest that breaks the protocol loses its agent, not its machine", async () => {
  await using one = await supervised();
  await one.machine.greet();
  await using client = await one.connect();
  assert.equal(await echo(client, "fine"), "fine");
  const waiting = startCommand(client.connection, { arguments: ["flood"] });
  await waiting.started;
  await one.machine.babble(new Uint8Array(100).fill(255));
  await assert.rejects(waiting.exit, { code: "agent-lost" });
  const { state, agent, problems } = await client.status();
  assert.deepEqual([state, agent, problems], ["running", false, [
    "Cannot talk to the guest's agent: it sent a frame of 65535 bytes in stream 4294967295",
  ]]);
  assert.equal(await client.kill(), "stopped");
});

Deno.test("an agent without a process is told of, and nothing waits for it", async () => {
  await using one = await supervised();
  const { machine } = one;
  await using client = await one.connect();
  await machine.greet();
  await machine.tell(["stage"], ["name", "ready"], ["then", "2"], ["now", "2"]);
  const waiting = startCommand(client.connection, { arguments: ["echo"] });
  await waiting.started;
  // Another takes its place at once.
  machine.onPort?.("snapvm.agent", false);
  machine.onPort?.("snapvm.agent", true);
  machine.onPort?.("something.else", false);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.equal(await echo(client, "fine"), "fine");

  machine.onPort?.("snapvm.agent", false);
  const lost = {
    code: "agent-lost",
    message: "Cannot reach the guest's agent any more: it was ended",
  };
  await assert.rejects(waiting.exit, lost);
  await assert.rejects(startCommand(client.connection, { arguments: ["echo"] }).exit, lost);
  const { state, stage, agent, problems } = await client.status();
  assert.deepEqual([state, stage, agent], ["running", "ready", false]);
  assert.deepEqual(problems, ["The guest's agent cannot be reached: it was ended"]);
  // Nobody can be asked.
  assert.equal(await client.stop(60_000), "stopped");
});

Deno.test("an agent that is silent is not waited for, until it is heard of again", async () => {
  const clock = new FakeClock(1_700_000_000_000);
  await using one = await supervised({ clock, tellsPorts: false });
  const { machine } = one;
  await using client = await one.connect();
  await machine.greet();
  assert.equal(await echo(client, "fine"), "fine");
  clock.run(60_000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await echo(client, "fine"), "fine");

  const goOn = Promise.withResolvers<void>();
  const waiting = startCommand(client.connection, { arguments: ["echo"] });
  await waiting.started;
  machine.gate = goOn.promise;
  clock.run(120_000);
  const lost = {
    code: "agent-lost",
    message: "Cannot reach the guest's agent any more: it does not answer",
  };
  await assert.rejects(waiting.exit, lost);
  await assert.rejects(startCommand(client.connection, { arguments: ["echo"] }).exit, lost);
  assert.equal((await client.status()).agent, false);

  goOn.resolve();
  for await (const { agent } of client.followStatus()) if (agent) break;
  assert.equal(await echo(client, "fine"), "fine");
  // What nobody waited for any more has ended.
  assert.deepEqual(machine.givenUp, [
    machine.opened.entries().filter(([, [kind]]) => kind?.[0] === "command").toArray()[2]?.[0],
  ]);
  assert.equal(await client.stop(60_000), "power-off");
});

Deno.test("ports of the host lead to the guest from when its agent answers", async () => {
  const ports = await PortListeners.open([
    { protocol: "tcp", address: "127.0.0.1", hostPort: 0, guestPort: 80 },
  ]);
  await using one = await supervised({ ports });
  const port = one.supervisor.status.ports[0]!.hostPort;
  const conn = await Deno.connect({ port });
  await conn.write(new TextEncoder().encode("hello"));
  await one.machine.greet();
  const buffer = new Uint8Array(100);
  assert.equal(new TextDecoder().decode(buffer.subarray(0, (await conn.read(buffer))!)), "hello");
  await conn.closeWrite();
  assert.equal(await conn.read(buffer), null);
  conn.close();
  assert.deepEqual([...one.machine.opened.values()].at(-1), [["connect"], [
    "to",
    "tcp:127.0.0.1:80",
  ]]);
  await one.supervisor.kill();
  await assert.rejects(
    Deno.connect({ port }).then((late) => late.close()),
    (error) =>
      error instanceof Deno.errors.ConnectionRefused ||
      error instanceof Deno.errors.ConnectionReset,
  );
});

Deno.test("findMachine() looks at no other machine, and waits for nobody, if the machine's supervisor answers", async () => {
  const one = await supervised();
  const { home } = one;
  await new Promise((resolve) => setTimeout(resolve, 150));
  const [listed] = await listMachines(home);
  {
    using _lock = await tryLockFolder(join(home, "machines"));
    assert.deepEqual(await findMachine(home, "dev"), listed);
  }
  await one.supervisor.kill();
  await one.folder[Symbol.asyncDispose]();
  await assert.rejects(findMachine(home, "dev"), { code: "machine-not-found" });
  await one[Symbol.asyncDispose]();
});

Deno.test("reachMachine() finds a machine and connects to it, if its supervisor answers", async () => {
  const one = await supervised();
  const { home } = one;
  {
    const { machine, client } = (await reachMachine(home, "dev"))!;
    await using _client = client;
    assert.deepEqual(machine, await findMachine(home, "dev"));
    assert.deepEqual(await client.status(), machine.status);
  }
  assert.equal(await reachMachine(home, "other"), undefined);
  await assert.rejects(reachMachine(home, "../dev"), { code: "invalid-machine-name" });
  await one.supervisor.kill();
  assert.equal(await reachMachine(home, "dev"), undefined);
  await one[Symbol.asyncDispose]();
});

Deno.test("connectMachine() says why a machine cannot be reached", async () => {
  const one = await supervised();
  const listing = await findMachine(one.home, "dev");
  const client = await connectMachine(listing);
  const following = client.followStatus()[Symbol.asyncIterator]();
  await following.next();
  await one[Symbol.asyncDispose]();
  while (!(await following.next()).done);
  await assert.rejects(client.status(), { code: "supervisor-lost" });
  await client[Symbol.asyncDispose]();
  await assert.rejects(connectMachine(listing), { code: "machine-not-running" });
});
