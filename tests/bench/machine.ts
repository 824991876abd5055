/**
 * Work in a machine that runs: commands, bytes, connections, ssh.
 *
 * The guest is a Debian 12, booted once. What stands in QEMU's place adds two things to its command line for comparison:
 * ports of the host that QEMU forwards itself, and a second port of the console beside the agent's own.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { guestImage } from "../fixtures/guest_image.ts";
import { findQemu } from "../../lib/vm/mod.ts";
import type { Measurement } from "./measurement.ts";
import { type CommandLine, medians, snapvm } from "./process.ts";

const MIB = 1024 * 1024;
const NAME = "bench";
/** What is moved to measure how fast it goes. */
const SIZE = 64 * MIB;
const BLOCK = 32 * 1024;
/** How often each is measured. */
const ROUNDS = 7;
const AT_ONCE = 64;

/** Sends so many zeros to whoever connects, and takes what they send: two ports of the guest's loopback. */
const SERVICE = `
use strict; use IO::Socket::INET;
my $listener = IO::Socket::INET->new(LocalAddr => "0.0.0.0", LocalPort => 5000, Listen => 16,
  ReuseAddr => 1) or die;
my $block = "\\0" x 65536;
while (my $peer = $listener->accept) {
  for (1 .. ${SIZE / 65536}) { syswrite($peer, $block) or last; }
  close $peer;
}
`;

/** Measures it in `folder`, an empty one. */
export async function measureMachine(folder: string): Promise<Measurement[]> {
  const image = await guestImage("debian-12");
  const home = join(folder, "home");
  using raw = Deno.listen({ transport: "unix", path: join(folder, "raw") });
  const [sshPort, ownPort, forwardedPort] = [freePort(), freePort(), freePort()];
  const forwards = [`${sshPort}-:22`, `${forwardedPort}-:5000`]
    .map((ports) => `,hostfwd=tcp:127.0.0.1:${ports}`).join("");
  const qemu = join(folder, "qemu-system-x86_64");
  const rawPath = join(folder, "raw");
  await Deno.writeTextFile(
    qemu,
    `#!/bin/bash
for word; do
  case $word in user,id=network*) word+="${forwards}" ;; esac
  words+=("$word")
done
case $* in *virtserialport*)
  words+=(-chardev "socket,id=raw,path=${rawPath},server=off"
    -device "virtserialport,bus=ports.0,chardev=raw,name=raw") ;;
esac
exec ${await findQemu("x86_64")} "\${words[@]}"
`,
    { mode: 0o755 },
  );
  const env = { SNAPVM_HOME: home, SNAPVM_STORE: image.root, QEMU_BIN: qemu };
  const run = (command: CommandLine, input?: Uint8Array<ArrayBuffer>) =>
    output(command, env, input);
  const exec = (...words: string[]) => snapvm("exec", NAME, "--", ...words);

  await run(
    snapvm(
      ...["run", "-d", "--name", NAME, "--backend", "qemu", "-p", `${ownPort}:5000`],
      image.reference,
    ),
  );
  try {
    using port = await raw.accept();
    await untilReady(home);
    await run(exec("sh", "-c", `perl -e '${SERVICE}' >/dev/null 2>&1 </dev/null & sleep 1`));
    return [
      ...await measureCommands(run, exec),
      ...await measureThroughput(run, exec, port),
      ...await measureForwarding(ownPort, forwardedPort),
      ...await measureSsh(run, join(home, "machines", NAME, "id_ed25519"), sshPort),
    ];
  } finally {
    await run(snapvm("kill", NAME)).catch(() => {});
  }
}

type Run = (command: CommandLine, input?: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;
type Exec = (...words: string[]) => CommandLine;

async function measureCommands(run: Run, exec: Exec): Promise<Measurement[]> {
  const times = await medians(15, async () => ({
    exec: await timed(() => run(exec("true"))),
    version: await timed(() => run(snapvm("--version"))),
  }));
  const parallel = await timed(async () => {
    const numbers = Array.from({ length: AT_ONCE }, (_, number) => number);
    await Promise.all(numbers.map(async (number) => {
      const bytes = await run(exec("sh", "-c", `echo ${number}; head -c 100000 /dev/zero`));
      const text = new TextDecoder().decode(bytes);
      const expected = `${number}\n${"\0".repeat(100_000)}`;
      if (text !== expected) throw new Error(`exec ${number} has printed something else`);
    }));
  });
  return [
    {
      name: "snapvm exec NAME -- true",
      value: times.exec,
      unit: "ms",
      limit: times.version + 60,
      reason: `snapvm --version (${times.version.toFixed(0)} ms) + 60 ms`,
    },
    { name: `${AT_ONCE} at once, each with 100 kB: all exact`, value: parallel, unit: "ms" },
  ];
}

async function measureThroughput(
  run: Run,
  exec: Exec,
  port: Deno.Conn,
): Promise<Measurement[]> {
  const zeros = new Uint8Array(SIZE);
  const count = `bs=${BLOCK} count=${SIZE / BLOCK}`;
  const device = "$(grep -l '^raw$' /sys/class/virtio-ports/*/name)";
  const open = `dev=${device}; dev=/dev/$(basename $(dirname $dev));`;
  const inGuest = async (script: string) => {
    const text = new TextDecoder().decode(await run(exec("sh", "-c", script)));
    return Number(text.trim().split("\n").at(-1)) / 1e6;
  };
  const clock = (command: string) =>
    `${open} start=$(date +%s%N); ${command}; end=$(date +%s%N); echo $((end - start))`;
  const rates = await medians(ROUNDS, async () => {
    const taken = take(port, SIZE);
    const rawOut = await inGuest(clock(`dd if=/dev/zero of=$dev ${count} 2>/dev/null`));
    await taken;
    const given = give(port, zeros);
    const rawIn = await inGuest(
      clock(`dd if=$dev of=/dev/null iflag=fullblock ${count} 2>/dev/null`),
    );
    await given;
    const pipe = await inGuest(
      clock(`dd if=/dev/zero ${count} 2>/dev/null | dd of=/dev/null bs=${BLOCK} 2>/dev/null`),
    );
    const floor = await timed(() => run(exec("true")));
    const out = await timed(() => run(exec("dd", "if=/dev/zero", ...count.split(" "))));
    const into = await timed(() =>
      run(snapvm("exec", "-i", NAME, "--", "dd", "of=/dev/null", `bs=${BLOCK}`), zeros)
    );
    return { rawOut, rawIn, pipe, out: out - floor, into: into - floor };
  });
  const row = (name: string, value: number, peer: number): Measurement => ({
    name: `${name}, ${SIZE / MIB} MiB`,
    value,
    unit: "ms",
    limit: peer / 0.8,
    reason: `dd bs=32k through a port of its own (${peer.toFixed(0)} ms, ${
      (SIZE / MIB / peer * 1000).toFixed(0)
    } MiB/s) / 0.8`,
  });
  return [
    row("out of the guest", rates.out, rates.rawOut),
    row("into the guest", rates.into, rates.rawIn),
    // What a command prints or reads goes through one of these besides.
    { name: `a pipe of the guest's own, ${SIZE / MIB} MiB`, value: rates.pipe, unit: "ms" },
  ];
}

async function measureForwarding(own: number, qemu: number): Promise<Measurement[]> {
  const times = await medians(ROUNDS, async () => ({
    own: await timed(() => receive(own)),
    qemu: await timed(() => receive(qemu)),
  }));
  return [{
    name: `a connection through -p, ${SIZE / MIB} MiB`,
    value: times.own,
    unit: "ms",
    limit: times.qemu / 0.5,
    reason: `through QEMU's hostfwd (${times.qemu.toFixed(0)} ms) / 0.5`,
  }];
}

async function measureSsh(run: Run, key: string, port: number): Promise<Measurement[]> {
  // Makes the key, and puts it into the guest.
  await run(snapvm("ssh", NAME, "true"));
  await Deno.stat(dirname(key));
  const options = [
    "IdentitiesOnly=yes",
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "LogLevel=ERROR",
  ].flatMap((option) => ["-o", option]);
  const peer: CommandLine = [
    "ssh",
    ...options,
    ...["-i", key, "-p", `${port}`, "root@127.0.0.1", "true"],
  ];
  const times = await medians(ROUNDS, async () => ({
    own: await timed(() => run(snapvm("ssh", NAME, "true"))),
    peer: await timed(() => run(peer)),
  }));
  return [{
    name: "snapvm ssh NAME true",
    value: times.own,
    unit: "ms",
    limit: times.peer * 1.3,
    reason: `1.3 × ssh through QEMU's hostfwd (${times.peer.toFixed(0)} ms)`,
  }];
}

async function untilReady(home: string): Promise<void> {
  const path = join(home, "machines", NAME, "status.json");
  for (;;) {
    const status = JSON.parse(await Deno.readTextFile(path).catch(() => "{}"));
    if (status.stage === "ready") return;
    if (status.state === "stopped") throw new Error(`The guest has ended: ${status.end?.reason}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

/** Reads what a service sends until it has sent everything. */
async function receive(port: number): Promise<void> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await take(conn, SIZE);
}

async function take(conn: Deno.Conn, size: number): Promise<void> {
  const buffer = new Uint8Array(256 * 1024);
  for (let left = size; left > 0;) {
    const length = await conn.read(buffer);
    if (length === null) throw new Error(`The connection has ended ${left} bytes early`);
    left -= length;
  }
}

async function give(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

async function output(
  [program, ...args]: CommandLine,
  env: Record<string, string>,
  input?: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const child = new Deno.Command(program, {
    args,
    env,
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (input !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(input);
    await writer.close();
  }
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(`${args.join(" ")} failed:\n${new TextDecoder().decode(stderr)}`);
  return stdout;
}
