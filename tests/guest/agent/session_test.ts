import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeFields, type Fields } from "../../../lib/guest/protocol/fields.ts";
import { encodeFrame, FrameType } from "../../../lib/guest/protocol/frame.ts";
import { seeded } from "../support/random.ts";
import { compileAgent } from "./support/compile_agent.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Connects to a socket, which becomes the standard input, and becomes the agent. */
const CONNECT = `
use IO::Socket::UNIX;
use POSIX ();
my $socket = IO::Socket::UNIX->new($ARGV[0]) or die "$ARGV[0]: $!";
POSIX::dup2(fileno($socket), 0);
exec($ARGV[1], "serve") or die $!;
`;

/** What may be asked without harm to the system that the test runs on. */
const REQUESTS: readonly Fields[] = [
  [["command"], ["argument", "true"]],
  [["command"], ["argument", "cat"]],
  [["command"], ["argument", "sleep"], ["argument", "60"]],
  [["command"], ["argument", "sh"], ["argument", "-c"], ["argument", "echo a; echo b >&2; exit 3"]],
  [["command"], ["argument", "head"], ["argument", "-c"], ["argument", "500000"], [
    "argument",
    "/dev/zero",
  ]],
  [["command"], ["argument", "cat"], ["terminal", "80x24"]],
  [["command"], ["login", "1"], ["terminal", "1x1"]],
  [["command"], ["argument", "no-such-program"]],
  [["command"], ["argument", "true"], ["user", "nobody"], ["folder", "/nowhere"]],
  [["stat"], ["path", "/etc/passwd"]],
  [["stat"], ["path", ""], ["user", "root"]],
  [["tar-out"], ["path", "/etc/passwd"]],
  [["connect"], ["to", "tcp:127.0.0.1:1"]],
  [["connect"], ["to", "udp:127.0.0.1:9"]],
  [["connect"], ["to", "unix:/nowhere"]],
  [["clock"], ["time", "1"]],
  [["clock"], ["time", "1.5"], ["beyond", "1"]],
  [["clock"], ["time", "9223372036854775807"], ["beyond", "x"]],
  [["power"], ["how", "off"]],
  [["nothing"]],
  [["stat"], ["unknown", "1"]],
];

function frame(
  stream: number,
  type: number,
  payload: Bytes = new Uint8Array(),
  channel = 0,
): Bytes {
  return encodeFrame({ stream, type: type as never, channel, payload });
}

const HELLO = frame(0, FrameType.hello, encodeFields([["snapvm-host"], ["protocol", "1"]]));

/** Frames of every type for streams that are open, closed or never were. */
function randomFrames(random: (below: number) => number, count: number): Bytes[] {
  let last = 0;
  const bytes = (length: number) => Uint8Array.from({ length }, () => random(256));
  return Array.from({ length: count }, () => {
    const stream = 1 + random(last + 3);
    switch (random(9)) {
      case 0:
      case 1:
        return frame(++last, FrameType.open, encodeFields(REQUESTS[random(REQUESTS.length)]!));
      case 2:
        return frame(++last, FrameType.open, bytes(random(40)));
      case 3:
        return frame(stream, FrameType.data, bytes(1 + random(2000)));
      case 4:
        return frame(
          stream,
          FrameType.credit,
          bytes(random(4) === 0 ? random(6) : 4),
          1 + random(2),
        );
      case 5:
        return frame(stream, FrameType.end, new Uint8Array(), random(3));
      case 6:
        return frame(stream, FrameType.close);
      case 7:
        return frame(stream, FrameType.resize, bytes(random(3) === 0 ? random(6) : 4));
      default:
        return frame(stream, random(256), bytes(random(20)), random(3));
    }
  });
}

/** Sends frames to the agent, ends the channel, and gives what it said to its error output and how it ended. */
async function serve(
  agent: string,
  frames: readonly Bytes[],
): Promise<{ received: Bytes; errors: string; code: number }> {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "socket");
  using listener = Deno.listen({ transport: "unix", path });
  const child = new Deno.Command("perl", {
    args: ["-e", CONNECT, path, agent],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  using conn = await listener.accept();
  const received = (async () => {
    const parts: Bytes[] = [];
    for await (const part of conn.readable.values({ preventCancel: true })) parts.push(part);
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  })().catch(() => new Uint8Array());
  const writer = conn.writable.getWriter();
  // The agent may hang up on frames that are none.
  for (const bytes of frames) await writer.write(bytes).catch(() => {});
  await conn.closeWrite().catch(() => {});
  const { code } = await child.status;
  const result = { received: await received, errors: await errors, code };
  await Deno.remove(folder, { recursive: true });
  return result;
}

Deno.test("the agent survives valid, broken and random frames without a leak", async (t) => {
  const folder = await Deno.makeTempDir();
  try {
    const agent = join(folder, "agent");
    await compileAgent(agent, { sanitizers: "address,undefined" });
    const open = (id: number, fields: Fields) => frame(id, FrameType.open, encodeFields(fields));
    const broken = frame(1, FrameType.data, new Uint8Array(4));
    broken.set([0xff, 0xff], 4);
    const scripts: Record<string, Bytes[]> = {
      "no host": [],
      "each request": [HELLO, ...REQUESTS.map((fields, index) => open(index + 1, fields))],
      "no hello": [open(1, REQUESTS[0]!)],
      "a length that is too large": [HELLO, broken],
      "a cut frame": [HELLO, open(1, REQUESTS[1]!).subarray(0, 11) as Bytes],
      "more input than was granted": [
        HELLO,
        open(1, REQUESTS[2]!),
        ...Array.from({ length: 9 }, () => frame(1, FrameType.data, new Uint8Array(32000))),
      ],
      "fields without an end": [
        HELLO,
        ...Array.from(
          { length: 70 },
          () => frame(1, FrameType.part, new Uint8Array(32000).fill(97)),
        ),
      ],
      "two with one number": [HELLO, open(1, REQUESTS[1]!), open(1, REQUESTS[1]!)],
    };
    for (const seed of [1, 2, 3, 4]) {
      scripts[`random frames ${seed}`] = [HELLO, ...randomFrames(seeded(seed), 400)];
    }
    for (const [name, frames] of Object.entries(scripts)) {
      await t.step(name, async () => {
        const { received, errors, code } = await serve(agent, frames);
        assert.equal(errors, "");
        assert.equal(code, 0);
        assert.equal(received[6], FrameType.hello);
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
