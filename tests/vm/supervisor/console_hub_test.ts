import assert from "node:assert/strict";
import { join } from "node:path";
import type { Channel } from "../../../lib/vm/mod.ts";
import { ConsoleHub } from "../../../lib/vm/supervisor/console_hub.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const encode = (text: string): Bytes => new TextEncoder().encode(text);
const decode = (bytes: Bytes | undefined): string | undefined =>
  bytes && new TextDecoder().decode(bytes);

/** A console whose guest is the test. */
function fakeConsole(): { channel: Channel; show(text: string): void; end(): void; typed: string } {
  let controller!: ReadableStreamDefaultController<Bytes>;
  const fake = {
    channel: {
      readable: new ReadableStream<Bytes>({ start: (given) => void (controller = given) }),
      writable: new WritableStream<Bytes>({ write: (bytes) => void (fake.typed += decode(bytes)) }),
    },
    show: (text: string) => controller.enqueue(encode(text)),
    end: () => controller.close(),
    typed: "",
  };
  return fake;
}

async function readAll(hub: ConsoleHub, replay: number): Promise<string> {
  using watcher = hub.watch(replay);
  let text = "";
  for (let bytes; (bytes = await watcher.read(1000)) !== undefined;) text += decode(bytes);
  return text;
}

Deno.test("ConsoleHub gives each watcher what it has not seen, and what it asks for of the past", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "console.log");
  await Deno.writeTextFile(path, "before\n");
  const console = fakeConsole();
  const hub = new ConsoleHub(console.channel, { path });
  const first = readAll(hub, 0);
  console.show("one\n");
  await new Promise((resolve) => setTimeout(resolve, 0));
  const second = readAll(hub, 0);
  const third = readAll(hub, 7);
  const all = readAll(hub, 1e9);
  console.show("two\n");
  console.end();
  await hub.ended;
  assert.equal(await first, "one\ntwo\n");
  assert.equal(await second, "two\n");
  assert.equal(await third, "re\none\ntwo\n");
  assert.equal(await all, "before\none\ntwo\n");
  assert.equal(await Deno.readTextFile(path), "before\none\ntwo\n");
  await Promise.all([hub.type(encode("ls\r")), hub.type(encode("q"))]);
  assert.equal(console.typed, "ls\rq");
  hub.close();
});

Deno.test("ConsoleHub drops the older half of a file that is full, and tells who has missed it", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "console.log");
  const console = fakeConsole();
  const hub = new ConsoleHub(console.channel, { path, maxSize: 100 });
  using slow = hub.watch();
  console.show("0123456789\n".repeat(9));
  await hub.news;
  assert.equal(decode(await slow.read(11)), "0123456789\n");
  console.show("abcdefghij\n");
  console.end();
  await hub.ended;
  const kept = await Deno.readTextFile(path);
  assert.equal(kept, ("0123456789\n".repeat(9) + "abcdefghij\n").slice(-50 - 11));
  assert.equal(decode(await slow.read(11)), "\r\n[38 bytes of the console are lost here]\r\n");
  assert.equal(await readAll(hub, 1000), kept);
  hub.close();
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
});

Deno.test("ConsoleHub goes on, with the end in memory, when its file cannot be written", async () => {
  const console = fakeConsole();
  const problems: string[] = [];
  const hub = new ConsoleHub(console.channel, {
    path: "/dev/full",
    onProblem: (problem) => problems.push(problem),
  });
  const watched = readAll(hub, 0);
  console.show("a".repeat(100_000));
  console.show("the end");
  console.end();
  await hub.ended;
  assert.equal(problems.length, 1);
  assert.match(problems[0]!, /^The console is no longer kept: No space left on device/);
  assert.ok((await watched).endsWith("athe end"));
  assert.ok(decode(hub.tail)!.endsWith("athe end"));
  hub.close();
});

Deno.test("ConsoleHub.channel() is a console of its own, which can be left", async () => {
  await using folder = await temporaryFolder();
  const console = fakeConsole();
  const hub = new ConsoleHub(console.channel, { path: join(folder.path, "console.log") });
  const { readable, writable } = hub.channel();
  const reader = readable.getReader();
  console.show("shown");
  assert.equal(decode((await reader.read()).value), "shown");
  const writer = writable.getWriter();
  await writer.write(encode("typed"));
  await writer.close();
  assert.equal(console.typed, "typed");
  const pending = reader.read();
  await reader.cancel();
  assert.equal((await pending).done, true);
  console.show("to nobody");
  console.end();
  await hub.ended;
  hub.close();
});
