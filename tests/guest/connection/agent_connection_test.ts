import assert from "node:assert/strict";
import { hasCode } from "../../../lib/error/mod.ts";
import {
  AgentConnection,
  connectInGuest,
  decodeFields,
  encodeFields,
  encodeFrame,
  type Fields,
  FrameType,
  startCommand,
} from "../../../lib/guest/mod.ts";
import { FakeAgent, HELLO } from "../support/fake_agent.ts";
import { seeded } from "../support/random.ts";

const text = (words: string) => new TextEncoder().encode(words);
const credit = (size: number) => {
  const payload = new Uint8Array(4);
  new DataView(payload.buffer).setUint32(0, size, true);
  return payload;
};
const granted = (payload: Uint8Array) =>
  new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);

Deno.test("the host says nothing before the agent has greeted, and answers it first", async () => {
  await using agent = new FakeAgent();
  const process = startCommand(agent.connection, { arguments: ["true"] });
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(agent.frames, []);
  agent.hello();
  assert.deepEqual(await agent.connection.hello, {
    kind: "snapvm-agent",
    build: "0123456789abcdef",
    architecture: "x86_64",
    uptime: 1.25,
  });
  const greeting = await agent.frame(FrameType.hello);
  await agent.frame(FrameType.open);
  assert.deepEqual(decodeFields(greeting.payload), [["snapvm-host"], ["protocol", "1"]]);
  agent.send(FrameType.opened, 1, 0, encodeFields([["pid", "7"]]));
  await process.started;
  agent.send(FrameType.data, 1, 1, text("out"));
  agent.send(FrameType.data, 1, 2, text("err"));
  agent.send(FrameType.close, 1, 0, encodeFields([["status", "3"]]));
  assert.deepEqual(await process.exit, { status: 3 });
  assert.equal(await new Response(process.stdout).text(), "out");
  assert.equal(await new Response(process.stderr).text(), "err");
});

Deno.test("a request that does not fit into a frame comes in parts", async () => {
  await using agent = new FakeAgent();
  agent.hello();
  const word = "x".repeat(100_000);
  startCommand(agent.connection, { arguments: ["echo", word] });
  const open = await agent.frame(FrameType.open);
  const parts = agent.frames.filter(({ type }) => type === FrameType.part);
  assert.equal(parts.length, 3);
  const all = await new Blob([...parts, open].map(({ payload }) => payload)).text();
  assert.equal(all, `command\0argument=echo\0argument=${word}\0`);
});

Deno.test("what breaks the protocol ends the connection, and says what it was", async (t) => {
  const rows: [name: string, what: string, send: (agent: FakeAgent) => void][] = [
    ["a foreign greeting", "a greeting that is not an agent's", (a) => a.hello([["ssh"]])],
    ["no protocol", "a greeting without a protocol", (a) => a.hello([["snapvm-agent"]])],
    [
      "an uptime that is none",
      "a greeting with an uptime that is no number",
      (a) => a.hello([["snapvm-agent"], ["protocol", "1"], ["uptime", "NaN"]]),
    ],
    [
      "no greeting",
      "a frame of type 11 before its greeting",
      (a) => a.send(FrameType.event, 0, 0, encodeFields([["target"]])),
    ],
    ["two greetings", "a frame of type 1 that belongs to a stream", (a) => {
      a.hello();
      a.hello();
    }],
    ["fields without an end", "fields without an end", (a) => {
      a.hello();
      a.send(FrameType.event, 0, 0, text("target"));
    }],
    ["an unknown stage", "an unknown stage", (a) => {
      a.hello();
      a.send(FrameType.event, 0, 0, encodeFields([["stage"], ["name", "moon"]]));
    }],
    ["a time that is none", "a time that is no number", (a) => {
      a.hello();
      a.send(FrameType.event, 0, 0, encodeFields([["stage"], ["name", "ready"], ["then", "-1"]]));
    }],
    ["an unknown failure", "an unknown failure", (a) => {
      a.hello();
      a.send(FrameType.event, 0, 0, encodeFields([["failure"], ["mode", "x"]]));
    }],
    ["a stream of its own", "a frame of a stream that nobody opened", (a) => {
      a.hello();
      a.send(FrameType.data, 2, 1, text("x"));
    }],
    ...([
      ["OPENED twice", "OPENED twice", FrameType.opened, 0, ""],
      ["the host's channel", "data in the channel of the host", FrameType.data, 0, "x"],
      ["empty data", "a frame of data without any", FrameType.data, 1, ""],
      ["END with more", "an END with a payload", FrameType.end, 1, "x"],
      ["credit for itself", "credit for its own channel", FrameType.credit, 1, "abcd"],
      ["a short CREDIT", "a CREDIT that is not 4 bytes", FrameType.credit, 0, "abc"],
      ["RESIZE", "a frame of type 9, which only the host sends", FrameType.resize, 0, ""],
      ["CLOSE without an end", "fields without an end", FrameType.close, 0, "x"],
    ] as const).map(([name, what, type, channel, payload]): (typeof rows)[number] => [
      name,
      what,
      (a) => {
        a.hello();
        a.send(FrameType.opened, 1);
        a.send(type, 1, channel, text(payload));
      },
    ]),
    ["data after END", "data after its end", (a) => {
      a.hello();
      a.send(FrameType.end, 1, 2);
      a.send(FrameType.data, 1, 2, text("x"));
    }],
    ["END twice", "END twice", (a) => {
      a.hello();
      a.send(FrameType.end, 1, 1);
      a.send(FrameType.end, 1, 1);
    }],
    ["more than it may", "more data than it was granted", (a) => {
      a.hello();
      for (let sent = 0; sent <= 65_536; sent += 32_000) {
        a.send(FrameType.data, 1, 1, new Uint8Array(32_000));
      }
    }],
  ];
  for (const [name, what, send] of rows) {
    await t.step(name, async () => {
      await using agent = new FakeAgent();
      const process = startCommand(agent.connection, { arguments: ["true"] });
      send(agent);
      const error = await agent.connection.ended;
      assert(hasCode(error, "agent-protocol"), String(error));
      assert.equal(error.data.what, what);
      await assert.rejects(process.exit, error);
      await assert.rejects(process.started.then(() => process.exit), error);
    });
  }
});

Deno.test("an agent of another version is told apart", async () => {
  await using agent = new FakeAgent();
  agent.hello([["snapvm-agent"], ["protocol", "2"]]);
  const error = await agent.connection.ended;
  assert(hasCode(error, "agent-incompatible"));
  assert.deepEqual(error.data, { protocol: "2" });
  await assert.rejects(agent.connection.hello, error);
});

Deno.test("events are told as they come; those of later versions are not", async () => {
  await using agent = new FakeAgent();
  agent.hello();
  for (
    const fields of [
      [["stage"], ["name", "userspace"], ["then", "1.5"], ["now", "2"]],
      [["eclipse"], ["of", "the sun"]],
      [["target"], ["name", "basic.target"]],
      [["addresses"], ["address", "10.0.2.15"], ["address", "fec0::1"]],
      [["failure"], ["mode", "rescue"]],
      [["problem"], ["text", "no swap"]],
    ] as const
  ) agent.send(FrameType.event, 0, 0, encodeFields(fields));
  agent.end();
  assert.equal(await agent.connection.ended, undefined);
  assert.deepEqual(agent.events, [
    { kind: "stage", name: "userspace", then: 1.5, now: 2 },
    { kind: "target", name: "basic.target" },
    { kind: "addresses", addresses: ["10.0.2.15", "fec0::1"] },
    { kind: "failure", mode: "rescue" },
    { kind: "problem", text: "no swap" },
  ]);
});

Deno.test("a connection that ends ends everything in it", async () => {
  await using agent = new FakeAgent();
  agent.hello();
  const process = startCommand(agent.connection, { arguments: ["cat"] });
  await agent.frame(FrameType.open);
  agent.send(FrameType.data, 1, 1, text("half"));
  agent.end();
  await assert.rejects(process.exit, (error) => hasCode(error, "agent-lost"));
  const reader = process.stdout.getReader();
  assert.deepEqual((await reader.read()).value, text("half"));
  await assert.rejects(reader.read(), (error) => hasCode(error, "agent-lost"));
  await assert.rejects(process.stdin.getWriter().write(text("x")), Deno.errors.BrokenPipe);
  const late = startCommand(agent.connection, { arguments: ["cat"] });
  await assert.rejects(late.started, (error) => hasCode(error, "agent-lost"));
});

Deno.test("an agent that says HELLO again is another one, and is answered so that it finds the answer", async () => {
  const toHost = new TransformStream<Uint8Array<ArrayBuffer>>(undefined, { highWaterMark: 10_000 });
  const toGuest = new TransformStream<Uint8Array<ArrayBuffer>>();
  let again = 0;
  await using connection = new AgentConnection(
    { readable: toHost.readable, writable: toGuest.writable },
    { onAgain: () => again++ },
  );
  const writer = toHost.writable.getWriter();
  const hello = (...more: Fields) =>
    writer.write(encodeFrame({
      stream: 0,
      type: FrameType.hello,
      channel: 0,
      payload: encodeFields([...HELLO.slice(0, -1), ...more, HELLO.at(-1)!]),
    }));
  await hello();
  await connection.hello;
  const open = startCommand(connection, { arguments: ["true"] });
  // Nobody reads what the host says: whatever is said to it, no more than one answer waits.
  for (let count = 0; count < 1000; count++) await hello(["again", "1"]);
  const lost = {
    code: "agent-lost",
    message: "Cannot reach the guest's agent any more: it has ended, and another one has begun",
  };
  await assert.rejects(open.exit, lost);
  while (again < 1000) await new Promise((resolve) => setTimeout(resolve, 5));
  const answer = encodeFrame({
    stream: 0,
    type: FrameType.hello,
    channel: 0,
    payload: encodeFields([["snapvm-host"], ["protocol", "1"]]),
  });
  const reader = toGuest.readable.getReader();
  assert.deepEqual((await reader.read()).value, answer);
  assert.deepEqual(
    (await reader.read()).value,
    Uint8Array.from([...new Uint8Array(32_768), ...answer]),
  );
  // Without that word it is a breach.
  await hello();
  const error = await connection.ended;
  assert.equal(hasCode(error, "agent-protocol"), true);
});

Deno.test("a guest that refuses says what, why and at which step", async () => {
  await using agent = new FakeAgent();
  agent.hello();
  const process = startCommand(agent.connection, { arguments: ["nothing"] });
  await agent.frame(FrameType.open);
  agent.send(
    FrameType.close,
    1,
    0,
    encodeFields([["error", "there is no nothing"], ["errno", "ENOENT"], ["step", "program"]]),
  );
  for (const promise of [process.started, process.exit]) {
    await assert.rejects(promise, (error) => {
      assert(hasCode(error, "guest-refused"));
      assert.equal(error.message, "Cannot run the command in the guest: there is no nothing");
      assert.deepEqual(error.data, {
        kind: "command",
        error: "there is no nothing",
        errno: "ENOENT",
        step: "program",
      });
      return true;
    });
  }
});

Deno.test("more is granted as it is read, up to 1 MiB, and nothing while nobody reads", async () => {
  await using agent = new FakeAgent();
  agent.hello();
  const process = startCommand(agent.connection, { arguments: ["yes"] });
  await agent.frame(FrameType.open);
  agent.frames.length = 0;
  const reader = process.stdout.getReader();
  let allowed = 65_536;
  let window = 0;
  for (let round = 0; round < 200; round++) {
    const size = Math.min(allowed, 32_760);
    allowed -= size;
    agent.send(FrameType.data, 1, 1, new Uint8Array(size));
    assert.equal((await reader.read()).value?.length, size);
    await new Promise((resolve) => setTimeout(resolve, 0));
    for (const { type, channel, payload } of agent.frames.splice(0)) {
      assert.deepEqual([type, channel], [FrameType.credit, 1]);
      allowed += granted(payload);
    }
    window = Math.max(window, allowed);
  }
  assert(window > 900_000 && window <= 1024 * 1024, `${window}`);
  // The other channel is as it was, although the guest fills it.
  agent.send(FrameType.data, 1, 2, new Uint8Array(32_760));
  agent.send(FrameType.data, 1, 2, new Uint8Array(32_760));
  agent.send(FrameType.data, 1, 1, text("x"));
  assert.equal((await reader.read()).value?.length, 1);
  assert.deepEqual(agent.frames, []);
});

Deno.test("small pieces do not keep what they came with", async () => {
  await using agent = new FakeAgent();
  agent.hello();
  const process = startCommand(agent.connection, { arguments: ["dribble"] });
  await agent.frame(FrameType.open);
  for (let sent = 0; sent < 65_536; sent++) {
    agent.send(FrameType.data, 1, 1, Uint8Array.of(sent & 0xff));
  }
  agent.send(FrameType.close, 1, 0, encodeFields([["status", "0"]]));
  await process.exit;
  let [chunks, memory, size] = [0, 0, 0];
  for await (const chunk of process.stdout) {
    for (const byte of chunk) assert.equal(byte, size++ & 0xff);
    chunks++;
    memory += chunk.buffer.byteLength;
  }
  assert.equal(size, 65_536);
  assert(chunks <= 6 && memory <= 100_000, `${chunks} ${memory}`);
});

Deno.test("input waits for credit, and ends when the guest reads no more", async () => {
  await using agent = new FakeAgent();
  agent.hello();
  const process = startCommand(agent.connection, { arguments: ["head"] });
  await agent.frame(FrameType.open);
  const writer = process.stdin.getWriter();
  const written = writer.write(new Uint8Array(100_000));
  const sizes: number[] = [];
  while (sizes.reduce((sum, size) => sum + size, 0) < 65_536) {
    sizes.push((await agent.frame(FrameType.data, 1)).payload.length);
  }
  assert.deepEqual(sizes, [32_760, 32_760, 16]);
  agent.send(FrameType.credit, 1, 0, credit(10));
  assert.equal((await agent.frame(FrameType.data, 1)).payload.length, 10);
  agent.send(FrameType.end, 1, 0);
  await assert.rejects(written, Deno.errors.BrokenPipe);
  await assert.rejects(writer.write(text("x")), Deno.errors.BrokenPipe);
});

Deno.test("a stream that is given up ends what it stands for, and both CLOSE may cross", async () => {
  await using agent = new FakeAgent();
  agent.hello();
  const process = startCommand(agent.connection, { arguments: ["sleep"] });
  await agent.frame(FrameType.open);
  process.abandon();
  await agent.frame(FrameType.close, 1);
  agent.send(FrameType.data, 1, 1, text("late"));
  agent.send(FrameType.close, 1, 0, encodeFields([["signal", "9"]]));
  assert.deepEqual(await process.exit, { signal: 9 });
  agent.send(FrameType.data, 1, 1, text("later"));
  agent.send(FrameType.close, 1);
  agent.send(FrameType.event, 0, 0, encodeFields([["target"], ["name", "x"]]));
  agent.end();
  assert.equal(await agent.connection.ended, undefined);
  assert.equal(await new Response(process.stdout).text(), "");
});

Deno.test("each datagram keeps its ends", async () => {
  await using agent = new FakeAgent();
  agent.hello();
  const socket = connectInGuest(agent.connection, "udp:127.0.0.1:53");
  await agent.frame(FrameType.open);
  agent.send(FrameType.opened, 1);
  await socket.opened;
  agent.send(FrameType.data, 1, 1, text("one"));
  agent.send(FrameType.data, 1, 1, text("two"));
  const reader = socket.readable.getReader();
  assert.deepEqual((await reader.read()).value, text("one"));
  assert.deepEqual((await reader.read()).value, text("two"));
  const writer = socket.writable.getWriter();
  await writer.write(new Uint8Array(30_000));
  await writer.write(new Uint8Array(30_000));
  const third = writer.write(new Uint8Array(30_000));
  agent.send(FrameType.credit, 1, 0, credit(30_000));
  await third;
  for (let count = 0; count < 3; count++) {
    assert.equal((await agent.frame(FrameType.data, 1)).payload.length, 30_000);
  }
  await assert.rejects(writer.write(new Uint8Array(40_000)), RangeError);
});

Deno.test("whatever a guest sends, the connection goes on or ends with a typed error", async () => {
  for (let seed = 1; seed <= 200; seed++) {
    await using agent = new FakeAgent();
    const random = seeded(seed);
    const processes = [1, 2, 3].map(() => startCommand(agent.connection, { arguments: ["x"] }));
    const reading = Promise.allSettled(
      processes.flatMap(({ stdout, stderr }) => [
        new Response(stdout).bytes(),
        new Response(stderr).bytes(),
      ]),
    );
    if (random(10) > 0) agent.hello(HELLO);
    for (let count = 0; count < 30; count++) {
      const type = 2 + random(10);
      const bytes = encodeFrame({
        stream: random(8) === 0 ? random(6) : 1 + random(3),
        type,
        channel: type >= 5 && type <= 7 ? random(3) : 0,
        payload: random(2) === 0
          ? crypto.getRandomValues(new Uint8Array(random(40)))
          : encodeFields([["status", String(random(300))]]),
      });
      if (random(20) === 0) bytes[random(8)]! ^= 1 << random(8);
      const cut = random(bytes.length + 1);
      agent.bytes(bytes.slice(0, cut));
      agent.bytes(bytes.slice(cut));
    }
    agent.end();
    const error = await agent.connection.ended;
    assert(error === undefined || hasCode(error, "agent-protocol"), `seed ${seed}: ${error}`);
    for (const { exit } of processes) {
      await exit.catch((error) =>
        assert(
          hasCode(error, "agent-protocol", "agent-lost", "guest-refused"),
          `seed ${seed}: ${error}`,
        )
      );
    }
    await reading;
  }
});
