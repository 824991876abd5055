import assert from "node:assert/strict";
import { hasCode } from "../../../lib/error/mod.ts";
import {
  type AgentConnection,
  type GuestCommandOptions,
  type GuestExit,
  startCommand,
} from "../../../lib/guest/mod.ts";
import { ServedAgent } from "../support/served_agent.ts";

type Bytes = Uint8Array<ArrayBuffer>;

interface Outcome {
  readonly exit: GuestExit;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  connection: AgentConnection,
  command: GuestCommandOptions,
  input: Bytes = new Uint8Array(0),
): Promise<Outcome> {
  const process = startCommand(connection, command);
  const writer = process.stdin.getWriter();
  const typing = writer.write(input).then(() => writer.close()).catch(() => {});
  const [stdout, stderr, exit] = await Promise.all([
    new Response(process.stdout).text(),
    new Response(process.stderr).text(),
    process.exit,
  ]);
  await typing;
  return { exit, stdout, stderr };
}

const sh = (script: string): GuestCommandOptions => ({ arguments: ["sh", "-c", script] });

Deno.test("a command's words, variables, folder, outputs and end are exact", async (t) => {
  await using agent = await ServedAgent.start();
  const { connection } = agent;
  const rows: [name: string, command: GuestCommandOptions, expected: Outcome][] = [
    ["both outputs", sh("echo out; echo err >&2; exit 7"), {
      exit: { status: 7 },
      stdout: "out\n",
      stderr: "err\n",
    }],
    ["words", { arguments: ["printf", "[%s]", "a b", "", "'\"$x\\", "ä\n"] }, {
      exit: { status: 0 },
      stdout: "[a b][]['\"$x\\][ä\n]",
      stderr: "",
    }],
    [
      "variables",
      { ...sh('echo "$A|$HOME|$USER|$PATH"'), environment: { A: "a=b c", USER: "x" } },
      {
        exit: { status: 0 },
        stdout: "a=b c|/root|x|/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n",
        stderr: "",
      },
    ],
    ["a folder", { arguments: ["pwd"], folder: "/usr/share" }, {
      exit: { status: 0 },
      stdout: "/usr/share\n",
      stderr: "",
    }],
    ["the home", { arguments: ["pwd"] }, { exit: { status: 0 }, stdout: "/root\n", stderr: "" }],
    ["a user", { arguments: ["id"], user: "daemon", folder: "/" }, {
      exit: { status: 0 },
      stdout: "uid=1(daemon) gid=1(daemon) groups=1(daemon)\n",
      stderr: "",
    }],
    ["a user and a group", { arguments: ["id"], user: "2:3", folder: "/" }, {
      exit: { status: 0 },
      stdout: "uid=2(bin) gid=3(sys) groups=3(sys)\n",
      stderr: "",
    }],
    ["a signal", sh("kill -SEGV $$"), { exit: { signal: 11 }, stdout: "", stderr: "" }],
    ["no signals of the agent's own", sh("trap '' 99 2>&-; kill -PIPE $$"), {
      exit: { signal: 13 },
      stdout: "",
      stderr: "",
    }],
  ];
  for (const [name, command, expected] of rows) {
    await t.step(name, async () => assert.deepEqual(await run(connection, command), expected));
  }
});

Deno.test("a command that cannot be started is refused, with the step and the reason", async (t) => {
  await using agent = await ServedAgent.start();
  const rows: [command: GuestCommandOptions, step: string, errno: string][] = [
    [{ arguments: ["no-such"] }, "program", "ENOENT"],
    [{ arguments: ["/etc"] }, "program", "EACCES"],
    [{ arguments: ["/etc/passwd"] }, "program", "EACCES"],
    [{ arguments: ["true"], folder: "/no-such" }, "folder", "ENOENT"],
    [{ arguments: ["true"], user: "nobody-such" }, "user", ""],
  ];
  for (const [command, step, errno] of rows) {
    await t.step(`${step} ${errno}`, async () => {
      const process = startCommand(agent.connection, command);
      for (const promise of [process.started, process.exit]) {
        await assert.rejects(promise, (error) => {
          assert(hasCode(error, "guest-refused"), String(error));
          assert.deepEqual([error.data.kind, error.data.step, error.data.errno], [
            "command",
            step,
            errno,
          ]);
          return true;
        });
      }
    });
  }
  assert.deepEqual((await run(agent.connection, sh("exit 3"))).exit, { status: 3 });
});

Deno.test("64 commands at once give each what is its own", async () => {
  await using agent = await ServedAgent.start();
  await Promise.all(Array.from({ length: 64 }, async (_, index) => {
    const input = crypto.getRandomValues(new Uint8Array(10_000 + 5000 * index).subarray(0, 60_000));
    const process = startCommand(agent.connection, {
      arguments: ["sh", "-c", "cat; echo $N >&2; exit $N"],
      environment: { N: String(index) },
    });
    const writer = process.stdin.getWriter();
    const typing = writer.write(input).then(() => writer.close());
    const [stdout, stderr, exit] = await Promise.all([
      new Response(process.stdout).bytes(),
      new Response(process.stderr).text(),
      process.exit,
    ]);
    await typing;
    assert.deepEqual(stdout, input);
    assert.deepEqual([stderr, exit], [`${index}\n`, { status: index }]);
  }));
});

Deno.test("input of any size goes to its end, and output comes back whole", async () => {
  await using agent = await ServedAgent.start();
  const piece = crypto.getRandomValues(new Uint8Array(60_000));
  const process = startCommand(agent.connection, { arguments: ["cat"] });
  const writer = process.stdin.getWriter();
  const pieces = 500;
  const typing = (async () => {
    for (let count = 0; count < pieces; count++) await writer.write(piece);
    await writer.close();
  })();
  let size = 0;
  for await (const bytes of process.stdout) {
    assert.ok(bytes.every((byte, at) => byte === piece[(size + at) % piece.length]));
    size += bytes.length;
  }
  await typing;
  assert.equal(size, pieces * piece.length);
  assert.deepEqual(await process.exit, { status: 0 });
  assert.equal(await new Response(process.stderr).text(), "");
});

Deno.test("much output arrives in order, and to its end though the command goes on", async () => {
  await using agent = await ServedAgent.start();
  // Numbers, so that no two places are the same: 13,888,896 bytes.
  const process = startCommand(
    agent.connection,
    sh("seq 1 2000000 | (head -c 7000001; cat >&2); exec sleep 100"),
  );
  const expected = new TextDecoder("latin1").decode(
    (await new Deno.Command("seq", { args: ["1", "2000000"] }).output()).stdout,
  );
  const [output, errorOutput] = await Promise.all([
    readText(process.output, 7_000_001),
    readText(process.errorOutput, expected.length - 7_000_001),
  ]);
  assert.ok(output + errorOutput === expected);
  process.signal(15);
  assert.deepEqual(await process.exit, { signal: 15 });
});

/** Reads so many bytes of a command that has not ended. */
async function readText(
  output: { read(): Promise<Uint8Array | undefined> },
  size: number,
): Promise<string> {
  let text = "";
  while (text.length < size) text += new TextDecoder("latin1").decode(await output.read());
  return text;
}

Deno.test("a command does without streams, too", async () => {
  await using agent = await ServedAgent.start();
  const cat = startCommand(agent.connection, sh("cat; echo over >&2"));
  const piece = new Uint8Array(300_000).fill(65);
  const typing = cat.write(piece).then(() => cat.endInput());
  let size = 0;
  for (let bytes; (bytes = await cat.output.read()) !== undefined;) size += bytes.length;
  await typing;
  assert.equal(size, piece.length);
  assert.equal(await cat.output.read(), undefined);
  assert.deepEqual(await cat.errorOutput.read(), new TextEncoder().encode("over\n"));
  assert.deepEqual(await cat.exit, { status: 0 });
  await assert.rejects(cat.write(piece), Deno.errors.BrokenPipe);
  // A stream that is made late says the same.
  await assert.rejects(cat.stdin.getWriter().write(piece), Deno.errors.BrokenPipe);

  const yes = startCommand(agent.connection, { arguments: ["yes"] });
  await yes.output.read();
  yes.output.cancel();
  assert.equal(await yes.output.read(), undefined);
  assert.deepEqual(await yes.exit, { signal: 13 });
});

Deno.test("a reader that stalls holds up only what it does not read", async () => {
  await using agent = await ServedAgent.start();
  const { connection } = agent;
  const stalled = startCommand(connection, sh("yes >&2 & yes"));
  await stalled.started;
  const reader = stalled.stdout.getReader();
  let size = 0;
  while (size < 2_000_000) size += (await reader.read()).value!.length;
  for (let count = 0; count < 20; count++) {
    assert.deepEqual((await run(connection, sh("echo here"))).stdout, "here\n");
  }
  while (size < 4_000_000) size += (await reader.read()).value!.length;
  stalled.abandon();
  await stalled.exit;
});

Deno.test("a program that reads no more ends its writer, and one that nobody reads gets SIGPIPE", async () => {
  await using agent = await ServedAgent.start();
  const head = startCommand(agent.connection, { arguments: ["head", "-c", "3"] });
  const writer = head.stdin.getWriter();
  await assert.rejects(async () => {
    for (;;) await writer.write(new Uint8Array(10_000).fill(65));
  }, Deno.errors.BrokenPipe);
  assert.equal(await new Response(head.stdout).text(), "AAA");
  await head.stderr.cancel();
  assert.deepEqual(await head.exit, { status: 0 });
  const yes = startCommand(agent.connection, { arguments: ["yes"] });
  const reader = yes.stdout.getReader();
  await reader.read();
  await reader.cancel();
  assert.deepEqual(await yes.exit, { signal: 13 });
  await yes.stderr.cancel();
});

Deno.test("signals arrive, and a command that is given up is ended with all that it has started", async () => {
  await using agent = await ServedAgent.start();
  const trap = startCommand(
    agent.connection,
    sh("trap 'echo got; exit 4' USR1; echo up; while :; do sleep 0.05; done"),
  );
  const reader = trap.stdout.getReader();
  const decoder = new TextDecoder();
  assert.equal(decoder.decode((await reader.read()).value), "up\n");
  trap.signal(10);
  assert.equal(decoder.decode((await reader.read()).value), "got\n");
  assert.deepEqual(await trap.exit, { status: 4 });
  await trap.stderr.cancel();
  const family = startCommand(agent.connection, sh("sleep 1000 & echo $!; sleep 1000"));
  const pid = Number(decoder.decode((await family.stdout.getReader().read()).value));
  assert.ok(pid > 1);
  family.abandon();
  assert.deepEqual(await family.exit, { signal: 1 });
  for (let tries = 0; tries < 100; tries++) {
    const state = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "gone");
    if (/^gone$|\) Z/.test(state)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail("it still runs");
});

Deno.test("a command's terminal has a size that follows, and its control characters work", async () => {
  await using agent = await ServedAgent.start();
  const process = startCommand(agent.connection, {
    ...sh("tty -s && trap 'stty size; exit 9' WINCH; stty size; while :; do sleep 0.05; done"),
    terminal: { columns: 100, rows: 40 },
  });
  const decoder = new TextDecoder();
  const reader = process.stdout.getReader();
  const line = async () => decoder.decode((await reader.read()).value);
  assert.equal(await line(), "40 100\r\n");
  process.resize(33, 7);
  assert.equal(await line(), "7 33\r\n");
  assert.deepEqual(await process.exit, { status: 9 });
  assert.equal(await new Response(process.stderr).text(), "");
  const cat = startCommand(agent.connection, {
    arguments: ["cat"],
    terminal: { columns: 80, rows: 24 },
  });
  const writer = cat.stdin.getWriter();
  await writer.write(new TextEncoder().encode("hi\n\x04"));
  assert.equal(await new Response(cat.stdout).text(), "hi\r\nhi\r\n");
  assert.deepEqual(await cat.exit, { status: 0 });
  const sleep = startCommand(agent.connection, {
    arguments: ["sleep", "1000"],
    terminal: { columns: 80, rows: 24 },
  });
  await sleep.started;
  await sleep.stdin.getWriter().write(new TextEncoder().encode("\x03"));
  assert.equal(await new Response(sleep.stdout).text(), "^C");
  assert.deepEqual(await sleep.exit, { signal: 2 });
});
